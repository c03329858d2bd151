// A form saves itself while it is filled in: a review, a student's marks, the notes on a talk.
// What has not reached the server is kept in this browser, and nothing is overwritten.
"use strict";

const form = document.querySelector("form[data-autosave]");
if (form) {
  const revisions = [...form.querySelectorAll("input[type=hidden][name$=revision]")]; // of each part that is saved by itself
  const line = document.querySelector("#saved");
  const words = form.dataset;
  const key = `draft:${words.person}:${location.pathname}:${words.about ?? ""}`;
  const hidden = new Set([...form.querySelectorAll("input[type=hidden]")].map(({ name }) => name));
  const texts = () => Object.fromEntries([...new FormData(form)].filter(([name]) => !hidden.has(name)));
  const same = (one, other) => Object.keys({ ...one, ...other }).every((name) => (one[name] ?? "") === (other[name] ?? ""));
  const shown = () => revisions.map(({ value }) => value).join(" ");

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
    else localStorage.setItem(key, JSON.stringify({ revision: shown(), texts: texts() }));
  };

  const save = async () => {
    const sent = texts();
    if (stopped || same(sent, known)) return;
    try {
      const answer = await fetch(location.href, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
      const said = await answer.json();
      if (answer.ok) {
        [known, savedAt] = [sent, Date.now()];
        for (const field of revisions) field.value = said.revision ?? said.revisions[field.name];
        keep();
        form.dispatchEvent(new CustomEvent("saved", { detail: said }));
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
  if (length) {
    form.addEventListener("saved", () => measure(4000));
    measure(500);
  }

  const send = () => (queue = queue.then(save));
  const later = (wait) => {
    clearTimeout(timer);
    timer = setTimeout(send, wait);
  };

  form.addEventListener("input", ({ target }) => {
    keep();
    if (stopped) return;
    if (savedAt) say(words.unsaved);
    savedAt = 0;
    later(target.matches("select, input[type=radio]") ? 300 : 1500);
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
    if (kept.revision === shown()) {
      for (const [name, text] of Object.entries(kept.texts)) if (form.elements[name]) form.elements[name].value = text;
      say(words.restored);
      later(1500);
    } else localStorage.setItem(older, JSON.stringify(kept));
  }
  keep();
  const other = stored(older);
  if (other) {
    const box = document.querySelector("#kept");
    // Long texts as they are; a grade or a level says what it belongs to.
    const called = (name) => {
      const [text, field] = [other.texts[name], form.querySelector(`[name="${name}"]`)];
      if (!text || field?.matches("textarea")) return text;
      const label = field?.closest(".segments, .field, .criterion")?.querySelector("legend, label");
      return `${label?.textContent.trim() ?? name}: ${text}`;
    };
    const text = Object.keys(other.texts).map(called).filter(Boolean).join("\n\n");
    box.querySelector("pre").textContent = text;
    box.querySelector("button").addEventListener("click", () => {
      localStorage.removeItem(older);
      box.hidden = true;
    });
    box.hidden = !text;
  }
}
