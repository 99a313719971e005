// Each chart arrives as a drawing, which needs no script, with its specification beside it.
// Here the drawing is replaced by the live chart, which has tooltips; where a browser cannot unpack
// it, the drawing stays.
const unpacked = (text) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
};
for (const figure of document.querySelectorAll("figure.chart")) {
  const scroll = figure.querySelector(".scroll");
  const still = scroll.querySelector("img");
  const source = figure.querySelector("script");
  const measure = () => {
    // what is scrolled sideways says so, and can be reached by keyboard
    const wide = scroll.scrollWidth > scroll.clientWidth;
    figure.toggleAttribute("data-wide", wide);
    if (wide) scroll.setAttribute("tabindex", "0");
    else scroll.removeAttribute("tabindex");
  };
  addEventListener("resize", measure);
  measure();
  if (!source) continue;
  const live = document.createElement("div");
  scroll.append(live);
  // ast: expressions are interpreted, so the page's policy can forbid eval
  const options = { renderer: "svg", actions: false, ast: true, logLevel: 1 };
  Promise.resolve(source.textContent)
    .then(unpacked)
    .then((chart) => vegaEmbed(live, chart, options))
    .then(() => {
      if (still) still.remove();
      figure.dataset.live = "true";
      // Vega names every mark but those of a brush, which have nothing to say.
      for (const brush of live.querySelectorAll("[class*=_brush]"))
        brush.setAttribute("aria-hidden", "true");
      measure();
    })
    .catch(() => live.remove());
}
