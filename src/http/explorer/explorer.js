// The explorer: sends documents and shows answers. Whatever comes from the server is set as text, never as markup.
import { createDocs } from "/explorer/docs.js";

const $ = (id) => document.getElementById(id);
const [documentField, variablesField, tokenField] = [$("document"), $("variables"), $("token")];
const COLOURED_CHARS = 300_000;

// What is typed survives a reload of the tab and ends with it; the token is kept nowhere else.
function remember(field, fallback) {
  const key = `tandem.${field.id}`;
  field.value = sessionStorage.getItem(key) ?? fallback;
  field.addEventListener("input", () => sessionStorage.setItem(key, field.value));
}

function setText(field, text) {
  field.value = text;
  field.dispatchEvent(new Event("input"));
}

function numberLines(field) {
  const lines = field.previousElementSibling;
  const draw = () => {
    const count = field.value.split("\n").length;
    lines.textContent = Array.from({ length: count }, (_, index) => index + 1).join("\n");
    lines.scrollTop = field.scrollTop;
  };
  field.addEventListener("input", draw);
  field.addEventListener("scroll", () => { lines.scrollTop = field.scrollTop; });
  draw();
}

// A new line begins where the one before it did, one step deeper after an opening bracket.
function indent(event) {
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  const before = event.target.value.slice(0, event.target.selectionStart);
  const line = before.slice(before.lastIndexOf("\n") + 1);
  const deeper = /[{([]\s*$/.test(line) ? "  " : "";
  document.execCommand("insertText", false, `\n${/^\s*/.exec(line)[0]}${deeper}`);
}

// The operations of a document. Brackets in texts and comments do not count.
function operationsOf(text) {
  const plain = text.replace(/"""[\s\S]*?(?:"""|$)|"(?:\\.|[^"\\\n])*"?|#[^\n\r]*/g, " ");
  const operations = [];
  let depth = 0;
  for (const [token] of plain.matchAll(/[{}()[\]]|[_A-Za-z]\w*(?:\s+[_A-Za-z]\w*)?/g)) {
    if ("{([".includes(token)) depth += 1;
    else if ("})]".includes(token)) depth -= 1;
    else if (depth === 0) {
      const [kind, name] = token.split(/\s+/);
      if (["query", "mutation", "subscription"].includes(kind) && name) operations.push({ kind, name });
    }
  }
  return operations;
}

function offerOperations() {
  const operations = operationsOf(documentField.value);
  const chosen = $("operation").value;
  $("operation").replaceChildren(...operations.map(({ kind, name }) => new Option(`${kind} ${name}`, name, false, name === chosen)));
  $("operation-label").hidden = operations.length < 2;
}

async function post(body, signal) {
  const headers = { "content-type": "application/json", accept: "application/graphql-response+json, application/json" };
  const token = tokenField.value.trim();
  if (token) headers.authorization = `Bearer ${token}`;
  return fetch("/graphql", { method: "POST", headers, body: JSON.stringify(body), credentials: "omit", signal });
}

function readVariables() {
  const text = variablesField.value.trim();
  if (!text) return null;
  const variables = JSON.parse(text);
  if (variables === null || typeof variables !== "object" || Array.isArray(variables)) throw new Error("variables must be an object");
  return variables;
}

function size(bytes) {
  return bytes < 1000 ? `${bytes} B` : bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function showStatus(kind, pill, ...details) {
  const parts = [pill, ...details].map((text) => Object.assign(document.createElement("span"), { textContent: text }));
  parts[0].className = `pill ${kind}`;
  $("status").replaceChildren(...parts);
}

function showResult(text) {
  const result = $("result");
  result.scrollTop = 0;
  $("copy").disabled = text === "";
  if (text.length > COLOURED_CHARS) {
    result.textContent = text;
    return;
  }
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(/("(?:[^"\\]|\\.)*")(?=(\s*:)?)|\b(?:true|false|null)\b|-?\d[\d.eE+-]*/g)) {
    const part = document.createElement("span");
    part.className = match[1] === undefined ? "value" : match[2] === undefined ? "text" : "key";
    part.textContent = match[0];
    parts.push(text.slice(end, match.index), part);
    end = match.index + match[0].length;
  }
  result.replaceChildren(...parts, text.slice(end));
}

let running = null;

function setRunning(controller) {
  running = controller;
  $("run").firstChild.textContent = controller ? "Cancel " : "Run ";
  $("result").classList.toggle("waiting", controller !== null);
}

async function run() {
  if (running) {
    running.abort();
    return;
  }
  $("variables-error").textContent = "";
  let variables;
  try {
    variables = readVariables();
  } catch (error) {
    $("variables-error").textContent = error.message;
    variablesField.focus();
    return;
  }
  const operations = operationsOf(documentField.value);
  const body = { query: documentField.value };
  if (variables) body.variables = variables;
  if (operations.length > 1) body.operationName = $("operation").value;
  setRunning(new AbortController());
  const begin = performance.now();
  try {
    const response = await post(body, running.signal);
    const text = await response.text();
    const elapsed = `${Math.round(performance.now() - begin)} ms`;
    let answer = null;
    try { answer = JSON.parse(text); } catch { /* shown as it came */ }
    const kind = !response.ok ? "bad" : answer?.errors ? "odd" : "good";
    const bytes = new TextEncoder().encode(text).length;
    showStatus(kind, `${response.status} ${response.statusText}`.trim(), elapsed, size(bytes));
    $("status").title = `request ${response.headers.get("x-request-id") ?? ""}`;
    showResult(answer === null ? text : JSON.stringify(answer, null, 2));
  } catch (error) {
    showStatus("bad", error.name === "AbortError" ? "cancelled" : "no answer", `${Math.round(performance.now() - begin)} ms`);
    showResult("");
  } finally {
    setRunning(null);
  }
}

async function loadExamples() {
  const examples = await (await fetch("/explorer/examples.json")).json();
  $("example").append(...examples.map(({ name, title }) => new Option(title, name)));
  $("example").addEventListener("change", () => {
    const example = examples.find(({ name }) => name === $("example").value);
    if (!example) return;
    setText(documentField, example.document);
    setText(variablesField, "");
  });
  if (documentField.value === "" && examples.length > 0) {
    setText(documentField, examples[0].document);
    $("example").value = examples[0].name;
  }
}

remember(documentField, "");
remember(variablesField, "");
remember(tokenField, "");
for (const field of [documentField, variablesField]) {
  numberLines(field);
  field.addEventListener("keydown", indent);
}
documentField.addEventListener("input", offerOperations);
offerOperations();

const docs = createDocs({
  view: $("docs-view"),
  back: $("docs-back"),
  search: $("docs-search"),
  fetchSchema: async (query) => (await post({ query })).json(),
  useDocument: (text, variables) => {
    setText(documentField, text);
    setText(variablesField, variables);
    $("example").value = "";
    documentField.focus();
  },
});
tokenField.addEventListener("change", docs.load);
docs.load();
loadExamples();

$("run").addEventListener("click", run);
$("copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText($("result").textContent);
  $("copy").textContent = "Copied";
  setTimeout(() => { $("copy").textContent = "Copy"; }, 1500);
});
$("toggle-docs").addEventListener("click", () => {
  const hidden = !$("docs").hidden;
  $("docs").hidden = hidden;
  document.querySelector("main").classList.toggle("no-docs", hidden);
  $("toggle-docs").setAttribute("aria-expanded", String(!hidden));
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    run();
  }
});
