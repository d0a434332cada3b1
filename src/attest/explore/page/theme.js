// Light, dark, or what the system has; remembered where the browser allows it.
import { h, s } from './dom.js';

const order = ['auto', 'light', 'dark'];
const shapes = {
  auto: [s('circle', { cx: 10, cy: 10, r: 7 }), s('path', { d: 'M10 3a7 7 0 0 1 0 14z', class: 'solid' })],
  light: [s('circle', { cx: 10, cy: 10, r: 3.6 }),
    s('path', { d: 'M10 1.8v2.4M10 15.8v2.4M1.8 10h2.4M15.8 10h2.4M4.2 4.2l1.7 1.7M14.1 14.1l1.7 1.7M15.8 4.2l-1.7 1.7M5.9 14.1l-1.7 1.7' })],
  dark: [s('path', { d: 'M16.5 12.2A7 7 0 0 1 7.8 3.5a7 7 0 1 0 8.7 8.7z' })],
};

function stored() {
  try {
    return localStorage.getItem('theme') ?? 'auto';
  } catch {
    return 'auto';
  }
}

function apply(theme, button) {
  document.documentElement.dataset.theme = theme;
  const label = `Colours: ${theme === 'auto' ? 'as the system' : theme}`;
  button.replaceChildren(s('svg', { viewBox: '0 0 20 20', 'aria-hidden': 'true' }, ...shapes[theme]),
    h('span', { class: 'hidden' }, label));
  button.title = label;
}

export function startTheme(button) {
  let theme = order.includes(stored()) ? stored() : 'auto';
  apply(theme, button);
  button.addEventListener('click', () => {
    theme = order[(order.indexOf(theme) + 1) % order.length];
    apply(theme, button);
    try {
      localStorage.setItem('theme', theme);
    } catch { /* Private windows may forbid it. */ }
  });
}
