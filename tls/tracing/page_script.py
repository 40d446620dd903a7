"""The script that makes the page about a connection comfortable; without it everything is there.

It lights up what belongs together, copies commands, opens what a link leads to, and lets the arrow keys walk
through the names.

Tested by      tests/interop/test_chromium.py
"""

SCRIPT = """
"use strict";
{
  // Bytes and names light each other up.
  const light = (bytes, from, to, row) => {
    for (const lit of document.querySelectorAll(".lit")) lit.classList.remove("lit");
    if (row) row.classList.add("lit");
    for (const run of bytes.querySelectorAll(":scope > .dump [data-part]")) {
      if (from <= +run.dataset.part && +run.dataset.part <= to) run.classList.add("lit");
    }
  };
  const show = (event) => {
    const bytes = event.target.closest?.(".bytes");
    if (!bytes) return;
    const row = event.target.closest(".row"), run = event.target.closest("[data-part]");
    if (row) {
      light(bytes, +row.dataset.from, +row.dataset.to, row);
      const dump = bytes.querySelector(":scope > .dump"), first = dump.querySelector(".lit");
      if (first && dump.scrollHeight > dump.clientHeight) {
        const below = first.getBoundingClientRect().top - dump.getBoundingClientRect().top;
        if (below < 0 || below > dump.clientHeight - 24) dump.scrollTop += below - dump.clientHeight / 3;
      }
    } else if (run) {
      const part = +run.dataset.part;
      const around = [...bytes.querySelectorAll(".row")].filter(
        (each) => +each.dataset.from <= part && part <= +each.dataset.to && each.offsetParent);
      light(bytes, part, part, around.at(-1));
    }
  };
  document.addEventListener("mouseover", show);
  document.addEventListener("focusin", show);

  // The arrow keys walk through the names.
  for (const names of document.querySelectorAll(".names")) {
    for (const head of names.querySelectorAll(".head")) head.tabIndex = -1;
  }
  document.addEventListener("keydown", (event) => {
    const names = event.target.closest?.(".names");
    if (!names || !["ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const details = event.target.matches("summary") ? event.target.parentElement : null;
    if (event.key === "ArrowRight" && details) details.open = true;
    else if (event.key === "ArrowLeft" && details) details.open = false;
    else {
      const heads = [...names.querySelectorAll(".head, summary")].filter((each) => each.offsetParent);
      heads[heads.indexOf(event.target) + (event.key === "ArrowUp" ? -1 : 1)]?.focus();
    }
    event.preventDefault();
  });

  // All messages at once, for instance to print them.
  const talk = document.querySelector(".talk");
  if (talk) {
    const all = document.createElement("button");
    all.className = "all";
    all.type = "button";
    all.textContent = "open all messages";
    all.addEventListener("click", () => {
      const messages = [...talk.querySelectorAll(".message")], open = messages.some((each) => !each.open);
      for (const each of messages) each.open = open;
      all.textContent = open ? "close all messages" : "open all messages";
    });
    talk.before(all);
  }

  // Commands can be copied.
  for (const pre of document.querySelectorAll(".check pre")) {
    const button = document.createElement("button");
    button.className = "copy";
    button.type = "button";
    button.textContent = "copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(pre.textContent);
      button.textContent = "copied";
      setTimeout(() => { button.textContent = "copy"; }, 1500);
    });
    pre.after(button);
  }

  // What a link leads to is opened first.
  const reveal = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (!target) return;
    for (let each = target; each; each = each.parentElement) if (each.matches("details")) each.open = true;
    target.scrollIntoView({ block: "center" });
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#"]');
    if (link && link.hash === location.hash) reveal();
  });
  addEventListener("hashchange", reveal);
  reveal();
}
"""
