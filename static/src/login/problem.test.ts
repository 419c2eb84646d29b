import { describe, expect, it } from "vitest";
import { firstGoTo, HttpError } from "../shared/http";
import { problemOf } from "./problem";

const refused = (status: number, body: Record<string, unknown> = {}) => new HttpError(status, "no", body);

describe("what is wrong at sign-in", () => {
  it("is said without telling whether there is such a user", () => {
    expect(problemOf(refused(401)).en).toBe("User name or password are wrong.");
    expect(problemOf(refused(422)).en).toBe("User name or password are wrong.");
  });
  it("says how long to wait", () => {
    expect(problemOf(refused(429, { retry_after_s: 241 })).id).toBe("Terlalu banyak percobaan. Tunggu 5 menit.");
    expect(problemOf(refused(429)).en).toBe("Too many tries. Wait a minute.");
  });
  it("says what is wrong with a new password", () => {
    expect(problemOf(refused(422, { reason: "alike" })).en).toContain("the same");
  });
  it("says that the server is away", () => {
    expect(problemOf(refused(0)).en).toContain("does not answer");
  });
});

describe("where to go first", () => {
  it("is the sign-in, or the password that has to be chosen", () => {
    expect(firstGoTo(refused(401))).toBe("/login");
    expect(firstGoTo(refused(403, { must_change_password: true }))).toBe("/login#password");
    expect(firstGoTo(refused(403))).toBeNull();
    expect(firstGoTo(new Error("other"))).toBeNull();
  });
});
