// The workshop around the board: its agenda, what each one writes in silence, what is then shown.

const WITH_BOARD = ["walk", "tag", "estimate", "result"];
const PURPOSE = { goal: "What shall become better?", customer: "For whom is it?", begins: "It begins when", ends: "It ends when" };
const ESTIMATE = { process: "Process time, hours", wait: "Wait, days", ca: "Complete and accurate, %" };
const ACTION = { owner: "Owner", measure: "How we see it helped", review: "We look again on", days: "Days in that state then, mean" };

/** Who this browser is, and whether it has the facilitator's link; no address bar shows either. */
function remember() {
  const key = new URLSearchParams(location.hash.slice(1)).get("lead");
  if (key) sessionStorage.setItem("vsm-lead", key);
  if (location.hash || location.search) history.replaceState(null, "", location.pathname);
  let id = localStorage.getItem("vsm-id");
  if (!id) {
    id = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    localStorage.setItem("vsm-id", id);
  }
  return { id, lead: sessionStorage.getItem("vsm-lead") ?? "" };
}

class Fields extends Record {
  constructor(board, data, message, title, labels, types = {}) {
    const input = (name) => (types[name] ? h("input", { type: types[name], min: 0, step: "any" }) : h("textarea", { rows: 2 }));
    super(board, data, Object.fromEntries(Object.keys(labels).map((name) => [name, input(name)])), labels);
    Object.assign(this, { message: () => message, title: () => title });
    this.element = h("div", { class: "vsm-form" }, this.fields.map((field) => field.element), this.conflict);
    this.update(data);
  }
}

class Room {
  constructor(board) {
    this.board = board;
    this.me = remember();
    this.agenda = h("ol", { class: "vsm-agenda", "aria-label": "Agenda" });
    this.people = h("p", { class: "vsm-small" });
    this.lead = h("div", { class: "vsm-bar", role: "toolbar", "aria-label": "Facilitator", hidden: true },
      button("Back", () => this.go(-1)), button("Next", () => this.go(1)));
    this.title = h("h2");
    this.hint = h("p");
    this.parts = {
      purpose: this.purposePart(), walk: this.walkPart(), tag: this.part(), estimate: this.part(),
      pain: this.proposalPart("pain", "What hurts?"), idea: this.proposalPart("idea", "What would help?"),
      vote: this.part(), agree: this.part(), result: this.resultPart(),
    };
    const parts = Object.values(this.parts).map((part) => part.element);
    this.panel = h("section", { class: "vsm-panel", "aria-label": "This step" }, this.title, this.hint, parts);
    this.element = h("div", { class: "vsm-room", hidden: true }, this.agenda, this.lead, this.people, this.panel);
    this.guesses = new Map();
    this.actions = new Map();
    const name = localStorage.getItem("vsm-name");
    if (name) board.ask({ do: "join", name, ...this.me });
  }

  identity() { return this.me; }

  async tell(message, text) {
    const answer = await this.board.ask(message);
    this.board.tell(answer, text);
    return !answer.error;
  }

  go(by) { this.tell({ do: "step", to: this.room.step + by }, ""); }
  reveal(what) { return button("Show all", () => this.tell({ do: "reveal", what }, "Now all see it")); }
  names() { return new Map(this.state.rows.map((row) => [row.id, row.name])); }

  part(...children) {
    const list = h("div", { class: "vsm-cards" });
    return { element: h("div", { class: "vsm-part" }, children, list), list };
  }

  purposePart() {
    const record = new Fields(this.board, { version: 0 }, { do: "purpose" }, "purpose", PURPOSE);
    return { ...this.part(record.element), record };
  }

  walkPart() {
    const now = h("p", { class: "vsm-point" });
    const walk = (by) => {
      const ids = this.state.rows.filter((row) => row.kind !== "cancelled").map((row) => row.id);
      const place = ids.indexOf(this.room.at);
      const to = place < 0 ? ids.length - 1 : Math.min(Math.max(place - by, 0), ids.length - 1);
      this.tell({ do: "at", id: ids[to] }, "");
    };
    const steps = h("div", { class: "vsm-bar" }, button("One state back towards the beginning", () => walk(1)), button("One forward", () => walk(-1)));
    return { ...this.part(now, steps), now, steps };
  }

  /** A form that stays as it is while others write, and a list of what may be seen. */
  proposalPart(sheet, question) {
    const text = h("textarea", { rows: 2 });
    const stage = h("select"), waste = h("select", {}, ["", ...this.board.words.wastes].map((value) => h("option", { value }, value || "–")));
    const add = async () => {
      const more = sheet === "pain" ? { waste: waste.value } : {};
      if (await this.tell({ do: sheet, text: text.value, stage: stage.value, ...more }, "Noted; only you see it until all is shown")) text.value = "";
    };
    const fields = [h("label", {}, question, text), h("label", {}, "In which state", stage), sheet === "pain" ? h("label", {}, "Which waste", waste) : null];
    const form = h("div", { class: "vsm-form" }, fields.filter(Boolean), button("Add", add));
    const count = h("p", { class: "vsm-small" });
    return { ...this.part(form, count), stage, count };
  }

  resultPart() {
    const made = h("p");
    const make = button("Write the result", () => this.tell({ do: "result" }, "Being written"));
    return { ...this.part(make, made), make, made };
  }

  update(state) {
    Object.assign(this, { state, room: state.room });
    this.element.hidden = !state.who;
    if (!state.who) return;
    localStorage.setItem("vsm-name", state.who);
    const { room } = this, [key, title, hint] = room.steps[room.step];
    fill(this.agenda, JSON.stringify([room.step]), () => room.steps.map(([, text], place) =>
      h("li", place === room.step ? { "aria-current": "step" } : {}, text)));
    this.lead.hidden = !room.lead;
    this.people.textContent = `Here: ${room.people.join(", ")}`;
    [this.title.textContent, this.hint.textContent] = [title, hint];
    Object.entries(this.parts).forEach(([name, part]) => { part.element.hidden = name !== key; });
    this.board.tagging.hidden = !WITH_BOARD.includes(key);
    this[key]?.(this.parts[key]);
    this.board.mark(key === "walk" ? room.at : null);
  }

  purpose(part) { part.record.update({ ...this.room.purpose.data, version: this.room.purpose.version }); }

  walk(part) {
    const name = this.names().get(this.room.at);
    part.now.textContent = name ? `Now: ${name}` : "We begin at the end, with what is delivered.";
    part.steps.hidden = !this.room.lead;
  }

  estimate(part) {
    const ids = this.state.rows.filter((row) => ["active", "wait", "excluded"].includes(row.kind)).map((row) => row.id);
    for (const id of ids) {
      if (!this.guesses.has(id)) this.guesses.set(id, this.guess(id));
      this.guesses.get(id).update();
    }
    const cards = ids.map((id) => this.guesses.get(id).element);
    if (cards.some((card, place) => part.list.children[place] !== card)) part.list.replaceChildren(...cards);
  }

  guess(id) {
    const inputs = Object.fromEntries(Object.keys(ESTIMATE).map((name) => [name, h("input", { type: "number", min: 0, step: "any" })]));
    inputs.kind = h("select", {}, ["", "active", "wait"].map((value) => h("option", { value }, value || "–")));
    const labels = { ...ESTIMATE, kind: "For me this is" };
    const head = h("h3"), known = h("p", { class: "vsm-small" }), seen = h("div"), reveal = this.reveal(`estimate/${id}`);
    let dirty = false;
    const save = async () => {
      const fields = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.value]));
      dirty = !(await this.tell({ do: "estimate", stage: id, fields }, "Your estimate is kept; only you see it until all are shown"));
    };
    Object.values(inputs).forEach((input) => {
      input.addEventListener("input", () => { dirty = true; });
      input.addEventListener("change", save);
    });
    const form = h("div", { class: "vsm-form vsm-numbers" }, Object.entries(inputs).map(([name, input]) => h("label", {}, labels[name], input)));
    const element = h("div", { class: "vsm-card", role: "group" }, head, known, form, seen, reveal);
    const update = () => {
      const { mine, count, spread } = this.room.estimates[id], measured = this.room.measured[id];
      head.textContent = this.names().get(id);
      element.setAttribute("aria-label", `Estimate of ${head.textContent}`);
      known.textContent = `${count} of us estimated.${measured ? ` Measured: ${measured}.` : ""}`;
      if (!dirty) Object.entries(inputs).forEach(([name, input]) => { if (document.activeElement !== input) input.value = mine[name] ?? ""; });
      reveal.hidden = !this.room.lead || Boolean(spread);
      fill(seen, JSON.stringify(spread), () => (spread ? this.spread(spread, labels) : []));
    };
    return { element, update };
  }

  /** Every value stays to be seen beside the median: who disagrees has a reason. */
  spread(spread, labels) {
    const lines = Object.keys(ESTIMATE).filter((name) => spread[name]).map((name) => {
      const { values, median } = spread[name], most = Math.max(...values) || 1;
      const dots = values.map((value) => h("span", { class: "vsm-dot", style: `left:${(value / most) * 100}%` }));
      const middle = h("span", { class: "vsm-middle", style: `left:${(median / most) * 100}%` });
      return h("li", {}, h("span", {}, `${labels[name]}: median ${median}, of ${values.join(", ")}`), h("span", { class: "vsm-strip", "aria-hidden": "true" }, dots, middle));
    });
    const kinds = Object.entries(spread.kind ?? {}).map(([kind, count]) => `${kind}: ${count}`).join(", ");
    return [h("ul", {}, lines, kinds ? h("li", {}, `For us this is ${kinds}`) : [])];
  }

  pain(part) { this.proposals("pain", part); }
  idea(part) { this.proposals("idea", part); }

  proposals(sheet, part) {
    const { seen, count } = this.room[sheet], shown = this.room.revealed.includes(sheet), names = this.names();
    fill(part.stage, JSON.stringify([...names]), () => [["", "–"], ...names].map(([value, text]) => h("option", { value }, text)));
    const yours = seen.filter((one) => one.mine).length;
    part.count.textContent = shown ? `${count} in all.` : `${count} in all, ${yours} of them yours. Nobody sees the others' yet.`;
    fill(part.list, JSON.stringify([seen, shown, this.room.lead, [...names]]), () => [
      this.room.lead && !shown ? this.reveal(sheet) : null,
      ...seen.map((one) => h("div", { class: "vsm-card" }, h("p", {}, one.text),
        h("p", { class: "vsm-small" }, [names.get(one.stage), one.waste].filter(Boolean).join(" · ")),
        one.mine ? button("Take away", () => this.tell({ do: "drop", sheet, id: one.id }, "Taken away"), { "aria-label": `Take away: ${one.text.slice(0, 60)}` }) : null)),
    ]);
  }

  ranked() {
    const counts = this.room.votes.counts ?? {};
    return [...this.room.idea.seen].sort((a, b) => (counts[b.id] ?? 0) - (counts[a.id] ?? 0));
  }

  vote(part) {
    const { mine, left, voters, counts } = this.room.votes;
    const focused = document.activeElement?.getAttribute("aria-label");
    fill(part.list, JSON.stringify([this.room.votes, this.room.idea.seen, this.room.lead]), () => [
      h("p", {}, `You have ${left} ${left === 1 ? "dot" : "dots"} left. ${voters} of us voted.`),
      this.room.lead && !counts ? this.reveal("vote") : null,
      ...this.ranked().map((idea) => {
        const dots = mine[idea.id] ?? 0, give = (more) => () => this.tell({ do: "vote", idea: idea.id, dots: more }, more > 0 ? "A dot more" : "A dot less");
        const name = idea.text.slice(0, 60);
        return h("div", { class: "vsm-card vsm-vote" }, h("p", {}, idea.text),
          h("div", { class: "vsm-bar" }, button("−", give(-1), { disabled: !dots, "aria-label": `A dot less for: ${name}` }),
            h("span", {}, `${"●".repeat(dots) || "no dot"} of yours`),
            button("+", give(1), { disabled: !left, "aria-label": `A dot more for: ${name}` }),
            counts ? h("b", {}, `${counts[idea.id] ?? 0} in all`) : null));
      }),
    ]);
    if (focused) [...part.list.querySelectorAll("button")].find((one) => one.getAttribute("aria-label") === focused)?.focus();
  }

  agree(part) {
    const ideas = this.ranked(), names = this.names();
    for (const idea of ideas) {
      if (!this.actions.has(idea.id)) {
        const types = { owner: "text", measure: "text", review: "date", days: "number" };
        const record = new Fields(this.board, { version: 0 }, { do: "action", id: idea.id }, "agreement", ACTION, types);
        record.card = h("div", { class: "vsm-card", role: "group", "aria-label": idea.text.slice(0, 80) }, h("h3", {}, idea.text),
          h("p", { class: "vsm-small" }, names.get(idea.stage) ? `In ${names.get(idea.stage)}` : "In no one state"), record.element);
        this.actions.set(idea.id, record);
      }
      const there = this.room.actions[idea.id] ?? { version: 0, data: {} };
      this.actions.get(idea.id).update({ ...there.data, version: there.version });
    }
    const cards = ideas.map((idea) => this.actions.get(idea.id).card);
    if (cards.some((card, place) => part.list.children[place] !== card) || cards.length !== part.list.children.length) part.list.replaceChildren(...cards);
  }

  result(part) {
    const { result, lead } = this.room;
    part.make.hidden = !lead;
    part.made.textContent = !result ? "Nothing is written yet." : (result.error ?? `Written at ${result.at.slice(11, 16)} UTC: ${result.files.join(", ")}.`);
  }
}
