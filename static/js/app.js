// Everything works without this file; it shows progress, accepts dropped files, filters tables, and saves a ranking in place.
"use strict";

for (const form of document.querySelectorAll("form[data-upload]")) {
  const area = form.querySelector(".drop");
  const input = form.querySelector("input[type=file]");
  const progress = form.querySelector("progress");
  const alert = form.querySelector("[role=alert]");
  const button = form.querySelector("button");

  for (const kind of ["dragover", "dragleave", "drop"]) {
    area.addEventListener(kind, (event) => {
      event.preventDefault();
      area.classList.toggle("over", kind === "dragover");
      if (kind === "drop" && event.dataTransfer.files.length) input.files = event.dataTransfer.files;
    });
  }

  const say = (sentence) => {
    alert.textContent = sentence;
    alert.hidden = !sentence;
    progress.hidden = true;
    button.disabled = false;
  };

  form.addEventListener("submit", (event) => {
    if (!input.files.length) return;
    event.preventDefault();
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", (step) => {
      progress.max = step.total;
      progress.value = step.loaded;
    });
    request.addEventListener("load", () => {
      const answer = request.response || {};
      if (request.status === 200) window.location = form.dataset.receipts.replace(form.dataset.blank, answer.receipt);
      else say(answer.message || form.dataset.failed);
      if (/^wrong_(topic|person)$/.test(answer.code)) form.querySelector("[data-insists]").hidden = false;
    });
    request.addEventListener("error", () => say(form.dataset.failed));
    say("");
    button.disabled = true;
    progress.hidden = false;
    progress.removeAttribute("value");
    request.send(new FormData(form));
  });
}

for (const field of document.querySelectorAll("input[data-filter]")) {
  field.hidden = false;
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of document.querySelectorAll(`${field.dataset.filter} tbody tr, ${field.dataset.filter} fieldset`)) {
      const text = (row.querySelector("legend") || row).textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
  });
}

// One tick for every row that the filter shows.
for (const label of document.querySelectorAll("[data-ticks]")) {
  label.hidden = false;
  label.addEventListener("change", (event) => {
    for (const row of document.querySelectorAll(`${label.dataset.ticks} tbody tr:not([hidden])`)) row.querySelector("input").checked = event.target.checked;
  });
}

// The roster: what is tapped is counted at once.
for (const line of document.querySelectorAll("[data-counts]")) {
  const people = document.querySelector("#expected");
  const count = () => {
    const chosen = [...people.querySelectorAll("input:checked")].map((input) => input.value).filter(Boolean);
    for (const shown of line.querySelectorAll("[data-count]")) {
      const value = shown.dataset.count;
      shown.textContent = value ? chosen.filter((each) => each === value).length : people.querySelectorAll("fieldset").length - chosen.length;
    }
  };
  people.addEventListener("change", count);
  count();
}

// The code on the wall: a new one each minute.
const wall = document.querySelector("[data-renew]");
if (wall) {
  const renew = async () => {
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const next = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-renew]");
      if (!next) return location.reload();
      wall.replaceChildren(...next.childNodes);
      setTimeout(renew, Number(next.dataset.renew) * 1000);
    } catch {
      wall.querySelector(".soft").textContent = wall.dataset.failed;
      setTimeout(renew, 5000);
    }
  };
  setTimeout(renew, Number(wall.dataset.renew) * 1000);
}

// The ranking: each press is the same form as without script, answered by the same page, of which the list is put in place.
const ballot = document.querySelector("#ballot");
if (ballot) {
  let queue = Promise.resolve();

  const prepare = () => {
    for (const item of ballot.querySelectorAll(".ballot li[data-topic]")) item.tabIndex = 0;
    for (const help of ballot.querySelectorAll(".keys")) help.hidden = false;
    const chosen = new Set([...ballot.querySelectorAll(".ballot li")].map((item) => item.dataset.topic));
    for (const button of document.querySelectorAll(".choices button")) button.hidden = chosen.has(button.value.slice(4));
  };

  // Whoever chooses in the catalogue stays there; whoever moves a topic stays with it.
  const focus = (key, topic) => {
    const next = key?.startsWith("add:")
      ? [...document.querySelectorAll(".choices button")].find((b) => !b.hidden && Number(b.value.slice(4)) > Number(topic))
      : ballot.querySelector(`[data-key="${key}"]`) || ballot.querySelector(`li[data-topic="${topic}"]`);
    (next || ballot.querySelector(".ballot li") || ballot.querySelector("button[name]"))?.focus({ preventScroll: true });
  };

  const heard = document.querySelector("#heard");
  const say = (sentence) => {
    heard.hidden = false;
    heard.textContent = sentence;
  };

  const save = async (action, key) => {
    const form = ballot.querySelector("form[data-ballot]");
    if (!form) return;
    const data = new FormData(form);
    data.set("do", action);
    try {
      const answer = await fetch(form.action, { method: "POST", body: data, headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#ballot");
      if (!page) throw new Error(String(answer.status));
      ballot.replaceChildren(...page.childNodes);
      prepare();
      focus(key, action.split(":")[1]);
      say(ballot.querySelector("[role=alert], #saved").textContent.trim());
    } catch {
      const saved = ballot.querySelector("#saved");
      saved.className = "notice bad";
      saved.textContent = ballot.dataset.failed;
      say(ballot.dataset.failed);
    }
  };
  const send = (action, key) => (queue = queue.then(() => save(action, key)));

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (event.target.id !== "ranking" || !button || !button.name || "plain" in button.dataset) return;
    event.preventDefault();
    if (button.getAttribute("aria-disabled") !== "true") send(button.value, button.dataset.key);
  });

  document.addEventListener("keydown", (event) => {
    const item = event.target.closest?.("[data-topic]");
    if (!item || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select")) return;
    const listed = item.closest(".ballot");
    const move = { ArrowUp: "up", ArrowDown: "down", Delete: "remove" }[event.key];
    const digit = /^[1-9]$/.test(event.key) ? event.key : "";
    if (!(listed && move) && !digit) return;
    event.preventDefault();
    send(digit ? `place:${item.dataset.topic}:${digit}` : `${move}:${item.dataset.topic}`, "");
  });

  // Dragging by mouse, and by touch after a short hold on the item.
  let dragged = null;
  const target = (x, y) => document.elementFromPoint(x, y)?.closest?.(".ballot li[data-topic]");
  const mark = (item) => {
    for (const each of ballot.querySelectorAll(".over")) each.classList.remove("over");
    if (item && item !== dragged) item.classList.add("over");
  };
  const drop = (item) => {
    mark(null);
    if (dragged && item && item !== dragged) {
      const rank = [...ballot.querySelectorAll(".ballot li:not(.tied)")].indexOf(item) + 1;
      if (rank) send(`place:${dragged.dataset.topic}:${rank}`, "");
    }
    dragged = null;
  };
  ballot.addEventListener("dragstart", (event) => (dragged = event.target.closest("li[data-topic]")));
  ballot.addEventListener("dragover", (event) => {
    event.preventDefault();
    mark(target(event.clientX, event.clientY));
  });
  ballot.addEventListener("drop", (event) => {
    event.preventDefault();
    drop(target(event.clientX, event.clientY));
  });
  let hold = 0;
  ballot.addEventListener("touchstart", (event) => {
    const item = event.target.closest("li[data-topic]");
    if (item && !event.target.closest("button")) hold = setTimeout(() => (dragged = item), 200);
  }, { passive: true });
  ballot.addEventListener("touchmove", (event) => {
    clearTimeout(hold);
    if (!dragged) return;
    event.preventDefault();
    mark(target(event.touches[0].clientX, event.touches[0].clientY));
  }, { passive: false });
  ballot.addEventListener("touchend", (event) => {
    clearTimeout(hold);
    if (dragged) drop(target(event.changedTouches[0].clientX, event.changedTouches[0].clientY));
  });
  prepare();
}
