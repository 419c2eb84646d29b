import "./login.css";
import { signal } from "@preact/signals";
import { render } from "preact";
import { NewPassword } from "./new_password";
import { lookForProvider, SignIn } from "./sign_in";

const typed = signal<string | null>(null);
const choosing = signal(location.hash === "#password");

function Login() {
  if (choosing.value) return <NewPassword current={typed.value} />;
  return (
    <SignIn
      onPassword={(password) => {
        typed.value = password;
        choosing.value = true;
      }}
    />
  );
}

render(<Login />, document.body);
void lookForProvider();
