// The schema browser: asks for the schema by introspection, and shows types, fields, arguments and deprecations.

const TYPE_REF = "kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }";
const INPUT = `name description defaultValue isDeprecated deprecationReason type { ${TYPE_REF} }`;
const INTROSPECTION = `query Schema {
  __schema {
    queryType { name } mutationType { name } subscriptionType { name }
    types {
      kind name description
      fields(includeDeprecated: true) {
        name description isDeprecated deprecationReason
        args(includeDeprecated: true) { ${INPUT} }
        type { ${TYPE_REF} }
      }
      inputFields(includeDeprecated: true) { ${INPUT} }
      interfaces { name }
      enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
      possibleTypes { name }
    }
  }
}`;
const ROOTS = [["query", "queryType", "Queries"], ["mutation", "mutationType", "Mutations"], ["subscription", "subscriptionType", "Subscriptions"]];
const MAX_HITS = 80;

function el(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function button(className, label, action) {
  const element = el("button", className, label);
  element.type = "button";
  element.addEventListener("click", action);
  return element;
}

const named = (type) => (type.ofType ? named(type.ofType) : type.name);
const typeText = (type) => {
  if (type.kind === "NON_NULL") return `${typeText(type.ofType)}!`;
  return type.kind === "LIST" ? `[${typeText(type.ofType)}]` : type.name;
};
const required = (input) => input.type.kind === "NON_NULL" && input.defaultValue === null;

export function createDocs({ view, back, search, fetchSchema, useDocument }) {
  let types = new Map();
  let roots = [];
  let trail = [];

  const link = (name) => button("link", name, () => open(name));

  function typeLink(type) {
    const [before, after] = typeText(type).split(named(type));
    return el("span", "", before, link(named(type)), after);
  }

  function deprecation(item) {
    return item.isDeprecated ? el("p", "warning", `Deprecated: ${item.deprecationReason ?? "no reason given"}`) : null;
  }

  function inputRow(input) {
    const standard = input.defaultValue === null ? "" : ` = ${input.defaultValue}`;
    const name = el("code", input.isDeprecated ? "gone" : "", el("b", "", input.name), ": ", typeLink(input.type), standard);
    return el("li", "", name, input.description ? el("p", "", input.description) : null, deprecation(input));
  }

  function fieldRow(field, operation) {
    const name = el("code", field.isDeprecated ? "gone" : "", el("b", "", field.name), ": ", typeLink(field.type));
    const use = operation ? button("tiny", "Use", () => useDocument(...skeleton(operation, field))) : null;
    use?.setAttribute("aria-label", `Write a document for ${field.name}`);
    const args = field.args.length > 0 ? el("ul", "", ...field.args.map(inputRow)) : null;
    return el("li", "", el("div", "head", name, use), field.description ? el("p", "", field.description) : null, deprecation(field), args);
  }

  function valueRow(value) {
    const name = el("code", value.isDeprecated ? "gone" : "", el("b", "", value.name));
    return el("li", "", name, value.description ? el("p", "", value.description) : null, deprecation(value));
  }

  const list = (title, rows) => (rows?.length ? [el("h3", "", title), el("ul", "", ...rows)] : []);

  function showType(type) {
    const operation = roots.find((root) => root.type === type)?.operation;
    return [
      el("div", "head", el("h2", "", type.name), el("span", "kind", type.kind.toLowerCase().replace("_", " "))),
      type.description ? el("p", "", type.description) : null,
      ...list("Implements", type.interfaces?.map(({ name }) => el("li", "", el("code", "", link(name))))),
      ...list("Fields", type.fields?.map((field) => fieldRow(field, operation))),
      ...list("Input fields", type.inputFields?.map(inputRow)),
      ...list("Values", type.enumValues?.map(valueRow)),
      ...list("Possible types", type.possibleTypes?.map(({ name }) => el("li", "", el("code", "", link(name))))),
    ];
  }

  function showStart() {
    const rest = [...types.values()].filter((type) => !type.name.startsWith("__") && !roots.some((root) => root.type === type));
    return [
      ...roots.flatMap(({ operation, title, type }) => list(title, type.fields.map((field) => {
        const row = button("link", field.name, () => open(type.name, field.name));
        const use = button("tiny", "Use", () => useDocument(...skeleton(operation, field)));
        use.setAttribute("aria-label", `Write a document for ${field.name}`);
        const description = field.description ? el("p", "", field.description.split("\n")[0]) : null;
        return el("li", "", el("div", "head", el("code", field.isDeprecated ? "gone" : "", row), use), description);
      }))),
      ...list("Types", rest.map((type) => el("li", "", el("code", "", link(type.name)), " ", el("span", "faint", type.kind.toLowerCase().replace("_", " "))))),
    ];
  }

  function showHits(text) {
    const matches = (item) => item.name.toLowerCase().includes(text);
    const hits = [];
    for (const type of types.values()) {
      if (type.name.startsWith("__")) continue;
      if (matches(type)) hits.push(el("li", "", el("code", "", link(type.name))));
      for (const item of [...(type.fields ?? []), ...(type.inputFields ?? []), ...(type.enumValues ?? [])].filter(matches)) {
        const row = button("link", `${type.name}.${item.name}`, () => open(type.name, item.name));
        hits.push(el("li", "", el("code", item.isDeprecated ? "gone" : "", row)));
      }
    }
    const shown = hits.slice(0, MAX_HITS);
    return [el("p", "", hits.length > MAX_HITS ? `${hits.length} hits, the first ${MAX_HITS}:` : `${hits.length} ${hits.length === 1 ? "hit" : "hits"}`), el("ul", "", ...shown)];
  }

  function draw(focused) {
    const text = search.value.trim().toLowerCase();
    const type = types.get(trail.at(-1));
    const content = text ? showHits(text) : type ? showType(type) : showStart();
    view.replaceChildren(...content.filter(Boolean));
    view.scrollTop = 0;
    back.disabled = trail.length === 0 && !text;
    if (focused) {
      const row = [...view.querySelectorAll("li > .head b, li > code b")].find((name) => name.textContent === focused);
      row?.scrollIntoView({ block: "start" });
    }
  }

  function open(name, focused) {
    search.value = "";
    if (trail.at(-1) !== name) trail.push(name);
    draw(focused);
    view.focus({ preventScroll: true });
  }

  // A document that asks for one root field: required arguments as variables, and the leaves of what it returns.
  function skeleton(operation, field) {
    const args = field.args.filter(required);
    const title = field.name[0].toUpperCase() + field.name.slice(1);
    const defined = args.length ? `(${args.map((arg) => `$${arg.name}: ${typeText(arg.type)}`).join(", ")})` : "";
    const given = args.length ? `(${args.map((arg) => `${arg.name}: $${arg.name}`).join(", ")})` : "";
    const text = `${operation} ${title}${defined} {\n  ${field.name}${given}${selection(field.type, "  ", 2)}\n}\n`;
    const variables = Object.fromEntries(args.map((arg) => [arg.name, placeholder(arg.type, 4)]));
    return [text, args.length ? JSON.stringify(variables, null, 2) : ""];
  }

  function selection(type, indent, levels) {
    const target = types.get(named(type));
    if (!target?.fields && target?.kind !== "UNION") return "";
    const fields = (target.fields ?? []).filter((field) => !field.isDeprecated && !field.args.some(required));
    const lines = fields.flatMap((field) => {
      const inner = types.get(named(field.type));
      if (!inner?.fields && inner?.kind !== "UNION") return [`${indent}  ${field.name}`];
      return levels > 1 ? [`${indent}  ${field.name}${selection(field.type, `${indent}  `, levels - 1)}`] : [];
    });
    return ` {\n${(lines.length ? lines : [`${indent}  __typename`]).join("\n")}\n${indent}}`;
  }

  function placeholder(type, levels) {
    if (type.kind === "NON_NULL") return placeholder(type.ofType, levels);
    if (type.kind === "LIST") return [];
    const target = types.get(type.name);
    if (target?.enumValues) return target.enumValues[0]?.name;
    if (target?.inputFields) {
      const inputs = levels > 0 ? target.inputFields.filter(required) : [];
      return Object.fromEntries(inputs.map((input) => [input.name, placeholder(input.type, levels - 1)]));
    }
    return { Int: 0, Float: 0, Boolean: false }[type.name] ?? "";
  }

  async function load() {
    try {
      const answer = await fetchSchema(INTROSPECTION);
      if (!answer.data?.__schema) throw new Error(answer.errors?.[0]?.message ?? "no schema in the answer");
      const schema = answer.data.__schema;
      types = new Map([...schema.types].sort((a, b) => a.name.localeCompare(b.name)).map((type) => [type.name, type]));
      roots = ROOTS.flatMap(([operation, key, title]) => (schema[key] ? [{ operation, title, type: types.get(schema[key].name) }] : []));
      trail = trail.filter((name) => types.has(name));
      draw();
    } catch (error) {
      types = new Map();
      [roots, trail] = [[], []];
      view.replaceChildren(el("p", "warning", `The schema cannot be read: ${error.message}`), button("", "Try again", load));
    }
  }

  search.addEventListener("input", () => draw());
  back.addEventListener("click", () => {
    if (search.value) search.value = "";
    else trail.pop();
    draw();
  });
  return { load };
}
