// The chart of an event's beliefs, with a cursor that moves with the video. Plotly is loaded when first needed.

import { t } from "./texts.js";

// Fixed margins and a fixed range: so a time's place on the screen is known without asking Plotly.
const MARGIN = { l: 40, r: 14, t: 8, b: 26 };

let plotly = null;

function loadPlotly(address) {
  plotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      plotly = null;
      reject(new Error("Plotly could not be loaded"));
    };
    document.head.append(script);
  });
  return plotly;
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export class Chart {
  /** `elements`: {box, plot, cursor, note}; `onSeek(t)` when a moment is clicked or dragged to. */
  constructor(elements, address, onSeek) {
    Object.assign(this, elements);
    this.address = address;
    this.timeline = null;
    const seek = (event) => {
      if (this.timeline && this.plotted) onSeek(this.#timeAt(event.clientX));
    };
    this.box.addEventListener("pointerdown", (event) => {
      this.box.setPointerCapture(event.pointerId);
      seek(event);
    });
    this.box.addEventListener("pointermove", (event) => event.buttons & 1 && seek(event));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.show(this.timeline));
    new ResizeObserver(() => this.#resized()).observe(this.box);
  }

  /** Draw a timeline's beliefs; null empties the chart. */
  async show(timeline) {
    this.timeline = timeline;
    this.cursor.hidden = true;
    if (!timeline || !timeline.looks.length) {
      this.plotted = false;
      window.Plotly?.purge(this.plot);
      return this.#note(timeline ? t("page.chart.empty") : "");
    }
    let library;
    try {
      library = await loadPlotly(this.address);
    } catch {
      return this.#note(t("page.chart.failed"));
    }
    if (timeline !== this.timeline) return;
    this.#note("");
    const config = { displayModeBar: false, staticPlot: true, responsive: false };
    await library.react(this.plot, traces(timeline), this.#layout(timeline), config);
    this.plotted = true;
    this.moveTo(this.t ?? 0);
  }

  /** Put the cursor at t seconds of the clip. */
  moveTo(time) {
    this.t = time;
    if (!this.plotted || !this.timeline) return;
    const width = this.box.clientWidth - MARGIN.l - MARGIN.r;
    const share = Math.max(0, Math.min(1, time / this.timeline.duration));
    this.cursor.hidden = false;
    this.cursor.style.transform = `translateX(${MARGIN.l + share * width}px)`;
  }

  #timeAt(clientX) {
    const box = this.box.getBoundingClientRect();
    const share = (clientX - box.left - MARGIN.l) / (box.width - MARGIN.l - MARGIN.r);
    return Math.max(0, Math.min(1, share)) * this.timeline.duration;
  }

  #resized() {
    if (!this.plotted) return;
    window.Plotly.relayout(this.plot, { width: this.box.clientWidth, height: this.box.clientHeight });
    this.moveTo(this.t ?? 0);
  }

  #note(words) {
    this.note.textContent = words;
    this.note.hidden = !words;
    this.plot.hidden = Boolean(words);
  }

  #layout(timeline) {
    const muted = colour("--muted");
    const axis = { fixedrange: true, zeroline: false, gridcolor: colour("--grid"), tickfont: { size: 10, color: muted } };
    return {
      width: this.box.clientWidth,
      height: this.box.clientHeight,
      margin: MARGIN,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      showlegend: false,
      font: { family: "system-ui, sans-serif", color: muted },
      xaxis: { ...axis, range: [0, timeline.duration], showgrid: false, ticksuffix: " s", nticks: 12 },
      yaxis: { ...axis, range: [-0.03, 1.03], tickvals: [0, 0.5, 1], tickformat: ".0%" },
      shapes: [
        span(timeline),
        level(timeline.open_at, colour("--evidence")),
        level(timeline.close_at, colour("--calm")),
      ],
      annotations: [
        caption(timeline.open_at, t("page.chart.open_at"), colour("--evidence")),
        caption(timeline.close_at, t("page.chart.close_at"), colour("--calm")),
      ],
    };
  }
}

function traces(timeline) {
  const looks = timeline.looks;
  const x = looks.map((look) => look.t);
  const line = { color: colour("--accent"), width: 2, shape: "linear" };
  return [
    {
      x,
      y: looks.map((look) => look.score),
      mode: "markers",
      marker: { size: 4, color: colour("--muted"), opacity: 0.55 },
    },
    { x, y: looks.map((look) => look.belief), mode: "lines", line, fill: "tozeroy", fillcolor: colour("--accent-wash") },
  ];
}

function span(timeline) {
  const x1 = timeline.event_end ?? timeline.duration;
  return {
    type: "rect", xref: "x", yref: "paper", x0: timeline.event_start, x1, y0: 0, y1: 1,
    fillcolor: colour("--evidence-wash"), line: { width: 0 }, layer: "below",
  };
}

function level(value, stroke) {
  return {
    type: "line", xref: "paper", yref: "y", x0: 0, x1: 1, y0: value, y1: value,
    line: { color: stroke, width: 1, dash: "dot" },
  };
}

function caption(value, words, ink) {
  return {
    xref: "paper", yref: "y", x: 1, y: value, xanchor: "right", yanchor: value > 0.8 ? "top" : "bottom",
    text: words, showarrow: false, font: { size: 10, color: ink },
  };
}
