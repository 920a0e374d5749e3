// Asks the mailbox for a partner's link while the page's programme is still on its way, which would ask for it last. The programme's own
// request, word for word the same (`crates/device/src/fetch.rs`), takes this answer; where there is none, it is made as ever.
// The link's name is what `InviteCode::id` says of its code (`crates/seal/src/invite.rs`).
const [, code] = location.hash.match(/^#((?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4})$/) ?? [];
if (code && crypto.subtle) {
  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  let bits = 0n;
  for (const letter of code.replaceAll("-", "")) bits = bits * 32n + BigInt("0123456789ABCDEFGHJKMNPQRSTVWXYZ".indexOf(letter));
  const named = new Uint8Array(28);
  named.set(new TextEncoder().encode("vigie invite id v1"));
  for (let at = 27; at > 17; at--, bits >>= 8n) named[at] = Number(bits & 255n);
  const url = `${location.origin}/v1/invites/${hex(new Uint8Array(await crypto.subtle.digest("SHA-256", named)))}`;
  const later = window.fetch;
  const answer = later(url, { cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer", redirect: "error" });
  // Whose questionnaire it is, as the server says: until the programme reads what the office signed.
  const sayWhose = async (came) => {
    const { office } = came.ok ? await came.clone().json() : {};
    const title = document.querySelector("#ouverture h1");
    if (office && title) title.textContent = office;
  };
  answer.then(sayWhose).catch(() => {});
  window.fetch = (what, how) => {
    if (what !== url) return later(what, how);
    window.fetch = later;
    return answer.catch(() => later(what, how));
  };
}
