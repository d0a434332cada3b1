// What the page shows, in one place. refresh() asks the server; whoever draws listens.
import * as api from './api.js';

const nothing = () => ({ title: '', about: '', evidence: '', collateral: [], policy: '', time: '', nonce: '' });

export const state = { input: nothing(), answer: null, error: '', tab: 'checks', field: null };

const listeners = [];
export const listen = (draw) => listeners.push(draw);
const changed = (what) => listeners.forEach((draw) => draw(what));

let latest = 0;
let timer = 0;

async function verifyNow() {
  const mine = ++latest;
  const { evidence, collateral, policy, time, nonce } = state.input;
  if (!evidence) return;
  try {
    const answer = await api.verify({ evidence, collateral, policy, time, nonce });
    if (mine !== latest) return;
    state.answer = answer;
    state.error = '';
  } catch (error) {
    if (mine !== latest) return;
    state.error = error.message;
  }
  changed('answer');
}

// Live, but not at every letter.
export function refresh(wait = 0) {
  clearTimeout(timer);
  timer = setTimeout(verifyNow, wait);
}

export function load(input) {
  state.input = { ...nothing(), ...input };
  state.answer = null;
  state.error = '';
  state.field = null;
  changed('input');
  refresh();
}

export const reset = () => load({});

export function change(part, wait = 0) {
  Object.assign(state.input, part);
  refresh(wait);
}

export function changeInputs(part) {
  Object.assign(state.input, part);
  changed('input');
  refresh();
}

// Another tab, a field to look at.
export function show(part) {
  Object.assign(state, part);
  changed('view');
}

export function report(error) {
  state.error = error;
  changed('answer');
}
