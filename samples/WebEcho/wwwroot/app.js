import { Graph } from "./graph.js";

const pingEvery = 500, comeBackAfter = 1000;
const state = document.getElementById("state");
const input = document.getElementById("text");
const list = document.getElementById("browsers");
const graph = new Graph(document.getElementById("graph"));
const names = { socket: "WebSocket", http: "HTTP" };
const sent = new Map();
let socket = null, me = 0, pings = 0;

function connect() {
  socket = new WebSocket(new URL("echo", location.href.replace(/^http/, "ws")));
  socket.onopen = () => { input.disabled = false; input.focus(); };
  socket.onmessage = event => receive(JSON.parse(event.data));
  socket.onclose = () => {
    show("closed", "the server is away; trying again…");
    input.disabled = true;
    sent.clear();
    list.replaceChildren();
    setTimeout(connect, comeBackAfter);
  };
}

function receive(message) {
  if (message.you !== undefined) me = message.you;
  if (message.from !== undefined) lineOf(message.from).lastChild.textContent = message.text;
  if (message.left !== undefined) document.getElementById(`browser-${message.left}`)?.remove();
  if (message.browsers !== undefined) show("open", message.browsers === 1 ? "1 browser is here" : `${message.browsers} browsers are here`);
  if (message.you !== undefined && input.value !== "") say({ text: input.value });
  if (message.pong !== undefined && sent.has(message.pong)) {
    note("socket", performance.now() - sent.get(message.pong));
    sent.delete(message.pong);
  }
}

function lineOf(number) {
  const known = document.getElementById(`browser-${number}`);
  if (known) return known;
  const line = document.createElement("li");
  line.id = `browser-${number}`;
  line.style.setProperty("--number", number);
  const name = document.createElement("b");
  name.textContent = number === me ? `${number} (you)` : `Browser ${number}`;
  line.append(name, document.createElement("span"));
  if (number === me) list.prepend(line); else list.append(line);
  return line;
}

function show(kind, text) {
  state.dataset.state = kind;
  state.textContent = text;
}

function say(message) {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function note(series, milliseconds) {
  graph.add(series, milliseconds);
  graph.draw();
  const figures = graph.figures(series);
  const cells = document.querySelectorAll(`tr.${series} td`);
  [figures.last, figures.median, figures.worst].forEach((value, index) => { cells[index].textContent = value.toFixed(1); });
  cells[3].textContent = figures.count;
  const medians = Object.keys(names)
    .map(name => [names[name], graph.figures(name)])
    .filter(([, its]) => its)
    .map(([name, its]) => `${name} ${its.median.toFixed(1)} ms`);
  document.getElementById("summary").textContent = `Median of the last minute: ${medians.join(", ")}.`;
}

async function measureHttp() {
  const begin = performance.now();
  try {
    const response = await fetch("ping", { cache: "no-store" });
    if (response.ok && await response.text() === "pong") note("http", performance.now() - begin);
  } catch {
    // The state shows that the server is away.
  }
  setTimeout(measureHttp, pingEvery);
}

input.addEventListener("input", () => say({ text: input.value }));
setInterval(() => {
  if (socket.readyState !== WebSocket.OPEN) return;
  sent.set(++pings, performance.now());
  say({ ping: pings });
}, pingEvery);
connect();
measureHttp();
