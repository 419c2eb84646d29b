/** For a form's `onSubmit`: does this, and no page is loaded anew. */
export function submitting(work: () => unknown): (event: Event) => void {
  return (event) => {
    event.preventDefault();
    work();
  };
}
