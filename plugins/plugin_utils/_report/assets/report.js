// SPDX-FileCopyrightText: 2026 The palette.image_registry authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Colours, filter, sorting and details. The page is complete without it.
// What is shown stands in the address, so a link can share it:
// #only=fail&cluster=prod&q=node-7&sort=-name&open=node-7 (and &theme=dark).
"use strict";

(() => {
  const root = document.documentElement;
  const WORDS = { pass: "ok", warn: "warn", fail: "fail", skip: "skip" };
  const WORST_FIRST = ["fail", "warn", "skip", "pass", ""];
  const ONLY = { fail: ["fail"], warn: ["fail", "warn"], skip: ["skip"] };
  const NAMES = new Intl.Collator("en", { numeric: true });

  const NOTHING = { only: "", q: "", cluster: "", sort: "", open: "" };
  const state = { ...NOTHING };

  // Colours: those of the system, until somebody chooses.
  const kept = (value) => {
    try { // a browser may forbid storage to files
      if (value) localStorage.setItem("image-registry-report-theme", value);
      return localStorage.getItem("image-registry-report-theme");
    } catch { return null; }
  };
  const asked = new URLSearchParams(location.hash.slice(1)).get("theme");
  const known = [asked, kept()].find((theme) => theme === "dark" || theme === "light");
  if (known) root.dataset.theme = known;

  const themeButton = () => {
    const button = document.getElementById("theme");
    const isDark = () => root.dataset.theme
      ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    const label = () => { button.textContent = isDark() ? "Light colours" : "Dark colours"; };
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      kept(root.dataset.theme);
      label();
    });
    label();
    button.hidden = false;
  };

  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  // Details of a host, made when they are asked for.
  let details;
  const finding = (number) => {
    const [severity, code, subject, message, fix] = details.findings[number];
    const item = element("li");
    const status = { error: "fail", warning: "warn" }[severity] || "skip";
    item.append(element("span", severity, `chip ${status}`), " ", element("code", code),
      ` ${subject}: ${message}`);
    if (fix) item.append(element("br"), element("strong", "Fix: "), fix);
    return item;
  };
  const labelled = (label, text) => {
    const cell = element("td");
    if (!text) return cell;
    cell.dataset.label = label; // where the table is too wide to have columns
    cell.append(element("code", text));
    return cell;
  };
  const checkRow = (entry, host) => {
    const [number, subject] = Array.isArray(entry) ? entry : [entry, host];
    const [name, status, expected, actual, findings] = details.checks[number];
    const row = element("tr");
    const title = element("th", subject === host ? name : `${name} (${subject})`);
    title.scope = "row";
    const verdict = element("td");
    verdict.append(element("span", WORDS[status], `chip ${status}`));
    const wanted = labelled("Expected", expected);
    const told = labelled("Found", actual);
    const list = element("ul");
    list.append(...findings.map(finding));
    if (findings.length) told.append(list);
    row.append(title, verdict, wanted, told);
    return row;
  };
  const detailRow = (row) => {
    const host = row.dataset.host;
    const table = element("table");
    const head = element("tr");
    for (const name of ["Check", "Status", "Expected", "Found"]) {
      const cell = element("th", name);
      cell.scope = "col";
      head.append(cell);
    }
    const body = element("tbody");
    const rank = (entry) => WORST_FIRST.indexOf(
      details.checks[Array.isArray(entry) ? entry[0] : entry][1]);
    const entries = [...details.hosts[host]].sort((a, b) => rank(a) - rank(b));
    body.append(...entries.map((entry) => checkRow(entry, host)));
    const top = element("thead");
    top.append(head);
    table.append(top, body);
    const box = element("div", "", "detail-box");
    box.append(table);
    const cell = element("td");
    cell.colSpan = row.cells.length;
    cell.append(box);
    const made = element("tr", "", "detail");
    made.append(cell);
    return made;
  };
  const toggle = (row, button) => {
    details ??= JSON.parse(document.getElementById("details").textContent);
    const open = button.getAttribute("aria-expanded") === "true";
    if (open) row.nextElementSibling.remove();
    else row.after(detailRow(row));
    button.setAttribute("aria-expanded", String(!open));
    state.open = open ? "" : row.dataset.host;
  };

  const tables = () => [...document.querySelectorAll(".matrix")];
  const rowsOf = (table) => [...table.tBodies[0].querySelectorAll(":scope > tr[data-host]")];
  const foldAll = (table) => {
    state.open = "";
    for (const row of table.querySelectorAll("tr.detail")) row.remove();
    for (const button of table.querySelectorAll("tbody [aria-expanded]")) {
      button.setAttribute("aria-expanded", "false");
    }
  };

  // The filter.
  const matches = (row) =>
    (!state.only || ONLY[state.only]?.includes(row.dataset.status)) &&
    (!state.cluster || row.dataset.cluster === state.cluster) &&
    row.dataset.host.toLowerCase().includes(state.q.toLowerCase());
  const show = (status) => {
    const said = [];
    for (const table of tables()) {
      foldAll(table);
      const rows = rowsOf(table);
      let shown = 0;
      for (const row of rows) {
        row.hidden = !matches(row);
        shown += !row.hidden;
      }
      table.parentElement.hidden = !shown;
      said.push(`${shown} of ${rows.length} ${table.id}`);
    }
    status.textContent = `Showing ${said.join(" and ")}.`;
  };

  // Sorting: what is worst first; a second time the other way round.
  const sortKey = (row, head) => {
    const cell = row.cells[head.cellIndex];
    if (["name", "cluster"].includes(head.dataset.sort)) return cell.textContent;
    return WORST_FIRST.findIndex((status) => !status || cell.classList.contains(status));
  };
  const sort = (table, key) => {
    const down = key.startsWith("-");
    const head = table.querySelector(`thead [data-sort="${CSS.escape(key.replace("-", ""))}"]`);
    if (!head) return;
    for (const other of table.querySelectorAll("thead [aria-sort]")) {
      other.removeAttribute("aria-sort");
    }
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    foldAll(table);
    const compare = (a, b) => typeof a === "string" ? NAMES.compare(a, b) : a - b;
    const keyed = rowsOf(table).map((row) => [sortKey(row, head), row]);
    keyed.sort(([a], [b]) => down ? compare(b, a) : compare(a, b));
    table.tBodies[0].append(...keyed.map(([, row]) => row));
  };

  const readAddress = () => {
    if (location.hash && !location.hash.includes("=")) return false; // a part of the page
    const given = new URLSearchParams(location.hash.slice(1));
    for (const key of Object.keys(state)) state[key] = given.get(key) ?? "";
    return true;
  };
  const writeAddress = () => {
    const given = new URLSearchParams(Object.entries(state).filter(([, value]) => value));
    history.replaceState(null, "", `#${given}`);
  };

  const start = () => {
    themeButton();
    const form = document.getElementById("filter");
    if (!form) return;
    const status = form.querySelector("[role=status]");
    const fields = () => [form.elements.only, form.elements.q, form.elements.cluster];
    const fromAddress = () => {
      if (!readAddress()) return;
      const asked = state.open;
      for (const field of fields()) field.value = state[field.name];
      for (const table of tables()) if (state.sort) sort(table, state.sort);
      show(status);
      for (const row of document.querySelectorAll("tr[data-host]")) {
        if (row.dataset.host === asked) toggle(row, row.querySelector("button"));
      }
      if (Object.values(state).some(Boolean)) form.scrollIntoView({ behavior: "instant" });
    };
    form.addEventListener("input", () => {
      for (const field of fields()) state[field.name] = field.value.trim();
      writeAddress();
      show(status);
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(() => {
      Object.assign(state, NOTHING);
      for (const table of tables()) for (const key of ["name", "status"]) sort(table, key);
      writeAddress();
      show(status);
    }));
    for (const table of tables()) {
      for (const head of table.querySelectorAll("thead [data-sort]")) {
        const button = element("button", head.textContent);
        button.type = "button";
        head.firstElementChild.replaceChildren(button);
        button.addEventListener("click", () => {
          const key = head.dataset.sort;
          state.sort = head.getAttribute("aria-sort") === "ascending" ? `-${key}` : key;
          sort(table, state.sort);
          writeAddress();
        });
      }
      for (const row of rowsOf(table)) {
        const button = element("button", row.cells[0].textContent);
        button.type = "button";
        button.setAttribute("aria-expanded", "false");
        button.addEventListener("click", () => {
          toggle(row, button);
          writeAddress();
        });
        row.cells[0].replaceChildren(button);
      }
    }
    for (const dots of document.querySelectorAll(".dots")) {
      dots.addEventListener("click", (event) => {
        const host = event.target.title.replace(/: \w+$/, "");
        if (host) location.hash = new URLSearchParams({ q: host, open: host });
      });
    }
    form.hidden = false;
    addEventListener("hashchange", fromAddress);
    show(status);
    fromAddress();
  };
  document.addEventListener("DOMContentLoaded", start);

  // On paper everything is open.
  addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll("details:not([open])")) {
      part.open = true;
      part.dataset.folded = "";
    }
  });
  addEventListener("afterprint", () => {
    for (const part of document.querySelectorAll("details[data-folded]")) {
      part.open = false;
      delete part.dataset.folded;
    }
  });
})();
