// A review saves itself while it is written. What has not reached the server is kept in this browser, and nothing is overwritten.
"use strict";

const form = document.querySelector("form[data-autosave]");
if (form) {
  const fields = [...form.querySelectorAll("textarea")];
  const revision = form.elements.revision;
  const line = document.querySelector("#saved");
  const words = form.dataset;
  const key = `review:${words.person}:${location.pathname}`;
  const texts = () => Object.fromEntries(fields.map((field) => [field.name, field.value]));
  const same = (one, other) => fields.every(({ name }) => (one[name] ?? "") === (other[name] ?? ""));

  let known = texts(); // what the server has
  let savedAt = 0;
  let stopped = false;
  let timer = 0;
  let queue = Promise.resolve();

  // The line tells what happened to those who look and those who listen; how long ago it was, only to those who look.
  const say = (sentence, bad = false) => {
    line.hidden = false;
    line.className = bad ? "notice bad" : "soft";
    line.setAttribute("role", "status");
    if (line.textContent !== sentence) line.textContent = sentence;
  };
  const tick = () => {
    if (!savedAt || stopped) return;
    const seconds = Math.round((Date.now() - savedAt) / 1000);
    line.removeAttribute("role");
    line.textContent = (seconds < 120 ? words.saved : words.minutes).replace("{n}", seconds < 120 ? seconds : Math.floor(seconds / 60));
  };

  const stored = (name) => {
    try {
      return JSON.parse(localStorage.getItem(name));
    } catch {
      return null;
    }
  };
  const keep = () => {
    if (same(texts(), known)) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify({ revision: revision.value, texts: texts() }));
  };

  const save = async () => {
    const sent = texts();
    if (stopped || same(sent, known)) return;
    try {
      const answer = await fetch(location.href, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
      const said = await answer.json();
      if (answer.ok) {
        [known, savedAt, revision.value] = [sent, Date.now(), said.revision];
        keep();
        measure(4000);
        say(same(texts(), known) ? words.saved.replace("{n}", 0) : words.unsaved);
      } else {
        stopped = answer.status === 403 || answer.status === 409;
        savedAt = 0;
        say(said.message, true);
      }
    } catch {
      savedAt = 0;
      say(words.failed, true);
      later(10000);
    }
  };
  // How long the saved text is on paper, once nothing has been saved for a while: drawing the pages takes the server a moment.
  const length = document.querySelector("#length");
  let measuring = 0;
  const measure = (wait) => {
    clearTimeout(measuring);
    measuring = setTimeout(async () => {
      try {
        const answer = await fetch(length.dataset.from, { headers: { Accept: "application/json" } });
        if (answer.ok) length.textContent = (await answer.json()).message;
      } catch {} // the last length stays
      length.hidden = !length.textContent;
    }, wait);
  };
  measure(500);

  const send = () => (queue = queue.then(save));
  const later = (wait) => {
    clearTimeout(timer);
    timer = setTimeout(send, wait);
  };

  form.addEventListener("input", () => {
    keep();
    if (stopped) return;
    if (savedAt) say(words.unsaved);
    savedAt = 0;
    later(1500);
  });
  window.addEventListener("online", send);
  document.addEventListener("visibilitychange", () => document.hidden && send());
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
  setInterval(tick, 5000);

  // A point about a cell or a slide begins at the end of the text that it belongs to.
  const pointer = document.querySelector("#pointer");
  if (pointer) {
    const [place, weight, under] = pointer.querySelectorAll("input, select");
    const button = pointer.querySelector("button");
    const begin = () => {
      const field = form.elements[under.value];
      const about = [place.value.trim() && `${button.dataset.word} ${place.value.trim()}`, weight.value].filter(Boolean).join(", ");
      const before = field.value.replace(/\s+$/, "");
      field.value = `${before}${before && "\n"}- ${about && `[${about}] `}`;
      [place.value, weight.value] = ["", ""];
      field.focus();
      field.setSelectionRange(field.value.length, field.value.length);
      field.scrollTop = field.scrollHeight;
      form.dispatchEvent(new Event("input"));
    };
    button.addEventListener("click", begin);
    place.addEventListener("keydown", (event) => event.key === "Enter" && (event.preventDefault(), begin()));
    pointer.hidden = false;
  }

  // The buttons send the same form as without script, once what was written is saved.
  let submitting = false;
  form.addEventListener("submit", async (event) => {
    if (submitting) return;
    event.preventDefault();
    submitting = true;
    clearTimeout(timer);
    await send();
    await new Promise((resolve) => setTimeout(resolve)); // a form cannot be submitted while its submit event is still being told
    form.requestSubmit(event.submitter);
    submitting = false;
  });

  // What this browser kept: of the state that the page shows, it goes back into the fields; otherwise it is shown beside them.
  const older = `${key}:older`;
  const kept = stored(key);
  if (kept && !same(kept.texts, known)) {
    if (String(kept.revision) === revision.value) {
      for (const field of fields) field.value = kept.texts[field.name] ?? field.value;
      say(words.restored);
      later(1500);
    } else localStorage.setItem(older, JSON.stringify(kept));
  }
  keep();
  const other = stored(older);
  if (other) {
    const box = document.querySelector("#kept");
    const text = Object.values(other.texts).filter(Boolean).join("\n\n");
    box.querySelector("pre").textContent = text;
    box.querySelector("button").addEventListener("click", () => {
      localStorage.removeItem(older);
      box.hidden = true;
    });
    box.hidden = !text;
  }
}
