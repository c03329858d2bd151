// Everything works without this file; it shows progress, accepts dropped files, and filters tables.
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
    for (const row of document.querySelectorAll(`${field.dataset.filter} tbody tr`)) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
  });
}
