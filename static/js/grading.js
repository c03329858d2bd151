// Marking by keyboard, with the work beside what is judged; and the clock of a talk. Without script, saving shows the same.
"use strict";

const marking = document.querySelector("form[data-marking]");
if (marking) {
  const put = (field, value) => {
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };

  marking.addEventListener("saved", ({ detail }) => {
    const result = document.querySelector("#result");
    if (detail.result) result.replaceChildren(...new DOMParser().parseFromString(detail.result, "text/html").body.childNodes);
    for (const [part, sum] of Object.entries(detail.sums || {})) {
      const line = marking.querySelector(`[data-sum="${part}"]`);
      if (line) line.textContent = sum;
    }
  });

  // A digit is the level of the criterion on which the keyboard is.
  marking.addEventListener("keydown", (event) => {
    const group = event.target.matches("input[type=radio]") && event.target.closest(".segments");
    if (!group || event.ctrlKey || event.metaKey || event.altKey) return;
    const wanted = /^(Delete|Backspace)$/.test(event.key) ? "" : event.key;
    const option = [...group.querySelectorAll("input")].find((each) => each.value === wanted);
    if (!option) return;
    event.preventDefault();
    option.checked = true;
    option.focus();
    option.dispatchEvent(new Event("input", { bubbles: true }));
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const name = event.key === "Enter" ? (event.shiftKey ? "previous" : "next") : event.key.toLowerCase() === "s" ? "save" : "";
    const button = name && marking.querySelector(`button[name=${name}]`);
    if (!button) return;
    event.preventDefault();
    marking.requestSubmit(button);
  });

  // The file that belongs to the part in which one is.
  const frame = document.querySelector("iframe[name=work]");
  let shown = frame?.getAttribute("src");
  marking.addEventListener("focusin", (event) => {
    const address = event.target.closest("[data-frame]")?.dataset.frame;
    if (!frame || !address || address === shown) return;
    shown = address;
    frame.contentWindow.location.replace(address);
  });

  // The clock goes on while the phone sleeps or the page is loaded again: only its start is kept.
  const clock = document.querySelector("#clock");
  if (clock) {
    const [hand, bar, pace] = ["[role=timer]", "progress", ".state"].map((each) => clock.querySelector(each));
    const [button, reset] = clock.querySelectorAll("button");
    const field = marking.elements[clock.dataset.field];
    const key = `clock:${location.pathname}:${marking.dataset.about}`;
    const [least, most] = [Number(clock.dataset.least), Number(clock.dataset.most)];
    let since = Number(localStorage.getItem(key));
    let before = 0;
    const written = () => {
      const [minutes, seconds] = field.value.split(":").map(Number);
      return (minutes || 0) * 60 + (seconds || 0);
    };
    const elapsed = () => before + (since ? Math.max(0, Math.floor((Date.now() - since) / 1000)) : 0);
    const show = () => {
      const seconds = elapsed();
      hand.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
      button.textContent = since ? button.dataset.stop : seconds ? button.dataset.on : button.dataset.start;
      bar.hidden = !most;
      bar.max = most * 60 || 1;
      bar.value = Math.min(seconds, bar.max);
      if (!pace) return;
      pace.hidden = seconds < least * 60;
      pace.textContent = seconds >= (most + 1) * 60 ? pace.dataset.over : pace.dataset.within;
    };
    const hold = (start) => {
      since = start;
      if (start) localStorage.setItem(key, start);
      else localStorage.removeItem(key);
    };
    button.addEventListener("click", () => {
      if (since) {
        put(field, `${Math.floor(elapsed() / 60)}:${String(elapsed() % 60).padStart(2, "0")}`);
        [before] = [elapsed(), hold(0)];
      } else {
        before = written();
        hold(Date.now());
      }
      show();
    });
    reset.addEventListener("click", () => {
      hold(0);
      before = 0;
      put(field, "");
      show();
    });
    field.addEventListener("input", () => since || ((before = written()), show()));
    before = written();
    setInterval(show, 250);
    clock.hidden = false;
    show();
  }
}
