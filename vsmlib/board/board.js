// The board. Whatever people wrote is put on the page as text (textContent, value), never as markup.

const SVG = "http://www.w3.org/2000/svg";
const PATIENCE_MS = 15000;
const LABELS = { name: "State", kind: "Kind", cause: "Cause", waste: "Waste", owner: "Owner", note: "Note" };

/** Make an element; properties are set, `on` adds listeners, text children stay text. */
function h(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (key === "on") Object.entries(value).forEach(([name, run]) => made.addEventListener(name, run));
    else if (key === "class") made.className = value;
    else if (key in made && !key.includes("-")) made[key] = value;
    else if (value !== null) made.setAttribute(key, value);
  }
  made.append(...children.flat().filter((child) => child !== null));
  return made;
}

function button(text, run, props = {}) {
  return h("button", { type: "button", on: { click: run }, ...props }, text);
}

/** Fill an element only where it would show something else, so that focus and selection stay. */
function fill(element, key, make) {
  if (element.dataset.key === key) return;
  element.dataset.key = key;
  element.replaceChildren(...make().filter((child) => child !== null));
}

function isDark() {
  const said = document.body.dataset.jpThemeLight;
  return said ? said === "false" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** One person's line to the kernel: a message, and the promise of its answer. */
function line(model) {
  const waiting = new Map();
  let last = 0;
  model.on("msg:custom", (answer) => {
    waiting.get(answer.re)?.(answer);
    waiting.delete(answer.re);
  });
  return (message) => new Promise((resolve) => {
    const re = ++last;
    waiting.set(re, resolve);
    setTimeout(() => resolve({ error: "no answer: this was not saved, your text stays here" }), PATIENCE_MS);
    model.send({ ...message, re });
  });
}

/** A field of a row: what is typed in it stays until it is saved or given up. */
class Field {
  constructor(row, name, input, text) {
    Object.assign(this, { row, name, input, label: text, dirty: false, seen: 0 });
    input.addEventListener("input", () => this.touch());
    input.addEventListener("change", () => { this.touch(); row.save(this); });
    const label = h("span", { class: "vsm-label" }, text);
    this.element = h("label", { class: `vsm-field vsm-${name}` }, label, input);
  }

  touch() {
    if (!this.dirty) this.seen = this.row.data.version;
    this.dirty = true;
  }

  update(value) {
    if (this.dirty) return;
    if (this.input.value !== value) this.input.value = value;
    this.input.title = this.name === "kind" ? "" : value;
  }
}

/** What several people may edit, a version a save: fields, and the conflict between two texts. */
class Record {
  constructor(board, data, inputs, labels) {
    Object.assign(this, { board, data, queue: Promise.resolve() });
    this.fields = Object.entries(inputs).map(([name, input]) => new Field(this, name, input, labels[name]));
    this.conflict = h("div", { class: "vsm-conflict", role: "alert", hidden: true });
  }

  say(text) { this.board.say(text); }

  update(data) {
    this.data = data;
    this.fields.forEach((field) => field.update(data[field.name] ?? ""));
  }

  /** Send a field; one edit of a record follows the other, so that nobody is in their own way. */
  save(field) {
    this.queue = this.queue.then(async () => {
      if (!field.dirty) return;
      const value = field.input.value, seen = field.seen;
      const answer = await this.board.ask({ ...this.message(), seen, fields: { [field.name]: value } });
      if (answer.current) this.contest(field, answer);
      else if (answer.error) this.say(answer.error);
      else {
        field.dirty = field.input.value !== value;
        this.fields.filter((f) => f.dirty && f.seen === seen).forEach((f) => { f.seen = seen + 1; });
        this.data = { ...this.data, [field.name]: value, version: Math.max(this.data.version, seen + 1) };
        this.conflict.hidden = true;
        this.say(`Saved: ${this.title()}, ${field.label.toLowerCase()}`);
        this.update(this.data);
      }
    });
  }

  /** Somebody was first: both texts stand side by side until one of them is chosen. */
  contest(field, { who, current, error }) {
    const theirs = current.data ? (current.data[field.name] ?? "nothing") : "it is gone";
    const end = () => { this.conflict.hidden = true; field.input.focus(); };
    const keep = () => { field.dirty = false; this.update(this.data); end(); };
    const mine = () => { field.seen = current.version; this.save(field); end(); };
    this.conflict.replaceChildren(
      h("span", {}, `${who} changed this first. ${field.label} there: “${theirs}”. Yours is still in the field: “${field.input.value}”.`),
      button("Keep theirs", keep),
      current.data ? button("Save mine", mine) : "",
    );
    this.conflict.hidden = false;
    this.say(error);
  }
}

/** A state of the stream, as a row. */
class StateRow extends Record {
  constructor(board, data) {
    const option = (value) => h("option", { value }, value || "–");
    const inputs = {
      name: h("input", { type: "text", autocomplete: "off" }),
      kind: h("select", {}, board.words.kinds.map(option)),
      cause: h("input", { type: "text", autocomplete: "off" }),
      waste: h("select", {}, ["", ...board.words.wastes].map(option)),
      owner: h("input", { type: "text", autocomplete: "off" }),
      note: h("textarea", { rows: 1 }),
    };
    super(board, data, inputs, LABELS);
    inputs.cause.setAttribute("list", board.causes.id);
    this.handle = button("⠿", () => this.say("Alt with ↑ or ↓ moves this state"), { class: "vsm-handle", draggable: true });
    this.handle.addEventListener("dragstart", (event) => {
      event.dataTransfer.setData("text/plain", this.data.id);
      event.dataTransfer.effectAllowed = "move";
    });
    this.more = button("Why?", () => this.toggle(), { class: "vsm-more", "aria-expanded": "false" });
    this.details = h("div", { class: "vsm-details", hidden: true });
    const line = h("div", { class: "vsm-line" }, this.handle, this.fields.map((f) => f.element), this.more);
    this.group = h("div", { role: "group" }, line, this.conflict, this.details);
    this.element = h("li", { class: "vsm-row" }, this.group);
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.element.addEventListener("dragover", (event) => event.preventDefault());
    this.element.addEventListener("drop", (event) => {
      event.preventDefault();
      const dragged = board.rows.get(event.dataTransfer.getData("text/plain"));
      if (dragged && dragged !== this) board.move(dragged, () => this.data.id);
    });
    this.update(data);
  }

  message() { return { do: "tag", id: this.data.id }; }
  title() { return this.data.name; }

  key(event) {
    if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    this.board.move(this, (ids, place) => (event.key === "ArrowUp" ? ids[Math.max(place - 1, 0)] : ids[place + 2]));
  }

  update(data) {
    super.update(data);
    this.group.setAttribute("aria-label", data.name);
    this.handle.setAttribute("aria-label", `Move ${data.name}: Alt with arrow up or down, or drag`);
    this.more.setAttribute("aria-label", `Why? Evidence, merge and split of ${data.name}`);
    this.element.dataset.kind = data.kind;
    if (!this.details.hidden) this.detail();
  }

  toggle() {
    this.details.hidden = !this.details.hidden;
    this.more.setAttribute("aria-expanded", String(!this.details.hidden));
    if (!this.details.hidden) this.detail();
  }

  detail() {
    const { data, board } = this, evidence = board.evidence[data.enter[0]];
    fill(this.details, JSON.stringify([data, board.ids.length]), () => {
      const sure = evidence ? `${evidence.kind}, ${Math.round(evidence.confidence * 100)}% sure` : "";
      const tagged = data.tagged_by ? `Tagged by ${data.tagged_by}, ${(data.tagged_at ?? "").slice(0, 16).replace("T", " ")} UTC.` : "Not tagged by a person yet.";
      return [
        h("p", {}, tagged),
        h("p", {}, evidence ? `The data suggests ${sure}, because` : "There is no data on this state."),
        evidence ? h("ul", {}, evidence.reasons.map((reason) => h("li", {}, reason))) : null,
        this.merging(),
        data.enter.length > 1 ? this.splitting() : h("p", {}, `Entered by ${data.enter[0]}.`),
      ];
    });
  }

  merging() {
    const others = [...this.board.rows.values()].filter((row) => row !== this);
    const into = h("select", {}, others.map((row) => h("option", { value: row.data.id }, row.data.name)));
    const run = async () => {
      const seen = { ...this.board.seen(this.data.id, into.value) };
      this.board.tell(await this.board.ask({ do: "merge", id: this.data.id, into: into.value, seen }), "Merged; Undo takes it back");
    };
    return h("div", { class: "vsm-act" }, h("label", {}, "Merge this state into ", into), button("Merge", run));
  }

  splitting() {
    const name = h("input", { type: "text", autocomplete: "off" });
    const boxes = this.data.enter.map((event) => h("input", { type: "checkbox", value: event }));
    const run = async () => {
      const events = boxes.filter((box) => box.checked).map((box) => box.value);
      const message = { do: "split", id: this.data.id, events, name: name.value, seen: this.board.seen(this.data.id) };
      this.board.tell(await this.board.ask(message), "Split; Undo takes it back");
    };
    return h("fieldset", { class: "vsm-act" }, h("legend", {}, "Split: these events enter a state of their own"),
      boxes.map((box) => h("label", {}, box, box.value)),
      h("label", {}, "Name of the new state ", name), button("Split", run));
  }
}

/** The map, drawn from plain shapes and texts. */
function draw(map, dark) {
  const paint = (colour) => (colour && isDark() ? (dark[colour] ?? colour) : colour) ?? "none";
  const s = (tag, attributes, ...children) => {
    const made = document.createElementNS(SVG, tag);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    made.append(...children);
    return made;
  };
  const shapes = map.shapes.map((d) => s("path", {
    d: d.path, transform: `translate(${d.x},${d.y})`, fill: paint(d.fill), stroke: paint(d.stroke), "stroke-width": d.thick,
  }));
  const texts = map.texts.map((t) => s("text", {
    x: t.x, y: t.y + t.size * 0.35, fill: paint(t.colour), "font-size": t.size, "font-weight": t.weight,
    "text-anchor": { left: "start", center: "middle", right: "end" }[t.align],
  }, ...t.text.split("\n").map((words, i) => s("tspan", { x: t.x, dy: i ? t.size + 2.5 : 0 }, words))));
  const [width, height] = [map.width + 8, map.height + 8];
  const drawn = s("svg", { viewBox: `-4 -4 ${width} ${height}`, role: "img", "aria-label": map.says, class: "vsm-map" }, ...shapes, ...texts);
  return h("div", { class: "vsm-scroll", tabIndex: 0, role: "region", "aria-label": "Value stream map" }, drawn);
}

class Board {
  constructor(model) {
    Object.assign(this, { model, ask: line(model), rows: new Map(), ids: [], moving: Promise.resolve(), words: model.get("words"), evidence: model.get("evidence") });
    this.causes = h("datalist", { id: `vsm-causes-${Math.random().toString(36).slice(2)}` }, this.words.causes.map((value) => h("option", { value })));
    this.status = h("p", { class: "vsm-status", role: "status" });
    this.undo = button("Undo", () => this.step("undo"));
    this.redo = button("Redo", () => this.step("redo"));
    this.saving = button("Save stream.yaml", () => this.save());
    this.adding = button("Add a state", () => this.add());
    this.me = h("span", { class: "vsm-me" });
    this.bar = h("div", { class: "vsm-bar", role: "toolbar", "aria-label": "Board" }, this.undo, this.redo, this.adding, this.saving, this.me);
    this.list = h("ol", { class: "vsm-rows", "aria-label": "States in flow order" });
    const heads = h("div", { class: "vsm-line vsm-heads", "aria-hidden": "true" }, h("span"), Object.entries(LABELS).map(([name, text]) => h("span", { class: `vsm-${name}` }, text)), h("span"));
    this.changes = h("section", { class: "vsm-changes", "aria-label": "Changed since the last save" });
    this.cards = h("section", { class: "vsm-figures", "aria-label": "Figures, before and after", "aria-live": "polite" });
    this.map = h("div");
    this.main = h("div", { class: "vsm-main" }, this.bar, this.cards, heads, this.list, this.changes, this.causes);
    this.side = h("section", { class: "vsm-side", "aria-label": "What the tags make of the stream" }, this.map);
    this.tagging = h("div", { class: "vsm-tagging" }, this.main, this.side);
    this.joining = this.join();
    this.extra = typeof Room === "function" ? new Room(this) : null;
    this.root = h("div", { class: "vsm-board" }, this.joining, this.status, this.extra?.element ?? [], this.tagging);
    this.root.addEventListener("keydown", (event) => this.key(event));
    model.on("change:state", () => this.update());
    model.on("change:figures", () => this.figures());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.figures());
    new MutationObserver(() => this.figures()).observe(document.body, { attributeFilter: ["data-jp-theme-light"] });
    this.update();
    this.figures();
  }

  /** Keys typed here are not the notebook's; Ctrl+Z outside a text undoes on the board. */
  key(event) {
    event.stopPropagation();
    const typing = event.target.matches("textarea, input:not([type=checkbox])");
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z" || typing) return;
    event.preventDefault();
    this.step(event.shiftKey ? "redo" : "undo");
  }

  join() {
    const name = h("input", { type: "text", autocomplete: "name", required: true, maxLength: 60 });
    const form = h("form", { class: "vsm-join" }, h("label", {}, "Your name, as the others know you ", name), h("button", { type: "submit" }, "Take part"));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      this.tell(await this.ask({ do: "join", name: name.value, ...(this.extra?.identity() ?? {}) }), "Welcome");
    });
    return form;
  }

  say(text) { this.status.textContent = text; }
  tell(answer, text) { this.say(answer.error ?? text); return !answer.error; }

  async step(verb) {
    const answer = await this.ask({ do: verb });
    this.tell(answer, answer.ok ? `${verb} done` : `nothing to ${verb}`);
  }

  async save() {
    const answer = await this.ask({ do: "save" });
    this.tell(answer, `Saved stream.yaml: ${(answer.ok ?? []).length} changes`);
  }

  async add() { this.tell(await this.ask({ do: "add", name: "New state", seen: this.order }), "Added; give it a name"); }

  /** Moves follow one another, each on what the one before it left. */
  move(row, target) {
    this.moving = this.moving.then(async () => {
      const { id, name } = row.data, seen = this.order, place = this.ids.indexOf(id);
      const before = target(this.ids, place) ?? null;
      const ids = this.ids.filter((each) => each !== id);
      if (before === id) return;
      ids.splice(before ? ids.indexOf(before) : ids.length, 0, id);
      if (ids.join() === this.ids.join()) return;
      if (!this.tell(await this.ask({ do: "move", id, before, seen }), `${name} moved`)) return;
      Object.assign(this, { order: Math.max(this.order, seen + 1), ids });
      this.arrange();
    });
  }

  /** The versions that are on the screen. */
  seen(...ids) {
    return Object.fromEntries([["order", this.order], ...ids.map((id) => [id, this.rows.get(id)?.data.version])]);
  }

  update() {
    const state = this.model.get("state");
    if (!state.rows) return;
    const wasAway = this.tagging.hidden;
    this.state = state;
    this.order = state.order;
    this.ids = state.rows.map((row) => row.id);
    this.joining.hidden = Boolean(state.who);
    this.tagging.hidden = !state.who;
    this.me.textContent = state.who ? `You are ${state.who}` : "";
    this.undo.disabled = !state.can.undo;
    this.redo.disabled = !state.can.redo;
    this.saving.hidden = !state.can.save;
    if (state.trouble) this.say(state.trouble);
    for (const data of state.rows) {
      if (this.rows.has(data.id)) this.rows.get(data.id).update(data);
      else this.rows.set(data.id, new StateRow(this, data));
    }
    this.arrange();
    this.extra?.update(state);
    const { differences, saved } = state;
    if (!saved) return;
    fill(this.changes, JSON.stringify([differences, saved]), () => [
      h("p", { class: "vsm-point" }, saved.at ? `Changed since ${saved.by} saved it (${saved.at.slice(0, 16).replace("T", " ")} UTC)` : "Changed since the beginning"),
      differences.length ? h("ul", {}, differences.map((text) => h("li", {}, text))) : h("p", {}, "Nothing."),
    ]);
    if (wasAway) this.figures();
  }

  /** Point at the state that all are talking about. */
  mark(id) { this.rows.forEach((row, key) => row.element.classList.toggle("vsm-at", key === id)); }

  arrange() {
    const focused = document.activeElement;
    for (const [id, row] of this.rows) {
      const typed = row.fields.some((field) => field.dirty);
      if (this.ids.includes(id)) row.element.classList.remove("vsm-gone");
      else if (typed) row.element.classList.add("vsm-gone");
      else { row.element.remove(); this.rows.delete(id); }
    }
    this.ids.forEach((id, place) => {
      const { element } = this.rows.get(id), there = this.list.children[place];
      if (there !== element) this.list.insertBefore(element, there ?? null);
    });
    if (this.list.contains(focused)) focused.focus();
  }

  figures() {
    const { cards, error, over, map, dark } = this.model.get("figures");
    this.root.classList.toggle("vsm-dark", isDark());
    fill(this.cards, JSON.stringify([cards, error, over]), () => {
      if (error) return [h("div", {}, h("p", {}, "The figures cannot be made"), h("p", {}, error))];
      return (cards ?? []).map((card) => h("div", {}, h("p", { class: "vsm-small" }, card.label),
        h("p", { class: "vsm-value" }, card.before === card.value ? "" : h("span", { class: "vsm-before" }, `${card.before} → `), h("b", {}, card.value)),
        h("p", { class: "vsm-small" }, card.note)));
    });
    fill(this.map, JSON.stringify([map, isDark(), error]), () => (map ? [h("p", { class: "vsm-point" }, map.title), draw(map, dark), h("p", { class: "vsm-small" }, over)] : []));
  }
}

export default {
  render({ model, el }) {
    el.append(new Board(model).root);
  },
};
