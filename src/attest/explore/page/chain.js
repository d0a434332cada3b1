// Chains of trust: from the pinned root to what was signed, each certificate with its time of validity.
import { h, s, sign } from './dom.js';
import { allFindings } from './verdict.js';

const purposes = {
  pck: 'The platform’s key', key: 'The chip’s key', certificate: 'The enclave’s certificate', tcb_info: 'Who signed the TCB information',
  qe_identity: 'Who signed the quoting enclave’s identity', ak: 'The TPM’s attestation key', device: 'The device’s key',
};
const day = 86400000;
const date = (text) => text.slice(0, 10);
const commonName = (subject) => /CN=((?:\\.|[^,+])*)/.exec(subject)?.[1].replace(/\\(.)/g, '$1') ?? subject;

// Of all chains together, so that the bars can be compared.
function span(chains, now) {
  const times = chains.flatMap((chain) => chain.certificates.flatMap((c) => [Date.parse(c.from), Date.parse(c.until)]));
  const limit = 12 * 365 * day; // a root of thirty years would flatten the rest
  const from = Math.max(Math.min(...times, now), now - limit), until = Math.min(Math.max(...times, now), now + limit);
  const margin = (until - from) * 0.04 || day;
  return { from: from - margin, until: until + margin };
}

function validity(certificate, now, { from, until }) {
  const at = (time) => ((Math.min(Math.max(time, from), until) - from) / (until - from)) * 200;
  const begin = Date.parse(certificate.from), end = Date.parse(certificate.until);
  const good = begin <= now && now <= end;
  const x = at(begin), width = Math.max(at(end) - x, 2);
  const left = Math.round((end - now) / day);
  const text = now < begin ? `not valid before ${date(certificate.from)}` : now > end ? `expired ${date(certificate.until)}`
    : left > 730 ? `valid until ${date(certificate.until)}` : `valid ${left} more day${left === 1 ? '' : 's'}`;
  return h('div', { class: `validity ${good ? 'good' : 'bad'}` },
    s('svg', { viewBox: '0 0 200 14', role: 'img', 'aria-label': `valid from ${date(certificate.from)} to ${date(certificate.until)}; ${text}` },
      s('rect', { x: 0, y: 5, width: 200, height: 4, rx: 2, class: 'track' }),
      s('rect', { x, y: 5, width, height: 4, rx: 2, class: 'bar' }),
      s('path', { d: `M${at(now)} 0v14`, class: 'now' })),
    h('p', {}, h('span', {}, text), h('time', {}, `${date(certificate.from)} – ${date(certificate.until)}`)));
}

const arrow = () => s('svg', { viewBox: '0 0 44 24', class: 'arrow', 'aria-hidden': 'true' },
  s('path', { d: 'M2 12h34M29 5l8 7-8 7' }), );

function card(certificate, role, root, now, time) {
  return h('li', { class: `certificate ${root ? 'root' : ''}` },
    h('p', { class: 'role' }, role,
      root ? h('span', { class: 'pin', title: 'trusted by the fingerprint of its key' }, root.startsWith('extra:') ? 'trusted by you' : 'pinned') : null),
    h('h4', { title: certificate.subject }, commonName(certificate.subject)),
    h('p', { class: 'key', title: 'SHA-256 of the key' }, `${certificate.key_sha256.slice(0, 8)}…${certificate.key_sha256.slice(-8)}`),
    validity(certificate, now, time));
}

function evidenceCard(state, findings) {
  const { result } = state.answer;
  const signatures = findings.filter((f) => /signature$/.test(f.check) && !/^(tcb_info|qe_identity)/.test(f.check));
  const bad = signatures.find((f) => f.outcome !== 'passed');
  return h('li', { class: `certificate evidence ${bad ? 'bad' : ''}` },
    h('p', { class: 'role' }, 'The evidence', sign(bad ? bad.outcome : signatures.length ? 'passed' : 'missing')),
    h('h4', {}, result.format),
    h('p', { class: 'key' }, bad ? bad.check : 'signed and whole'),
    h('p', { class: 'small' }, (bad ?? signatures[0])?.why ?? 'no signature was checked'));
}

function row(chain, state, findings, now, time, last) {
  const certificates = [...chain.certificates].reverse();
  const roles = certificates.map((c, i) => (i === 0 ? 'Root' : i === certificates.length - 1 ? 'Leaf' : 'Authority'));
  const cards = certificates.map((c, i) => card(c, roles[i], i === 0 ? chain.root : '', now, time));
  if (last) cards.push(evidenceCard(state, findings));
  return h('div', { class: 'chain' },
    h('h3', {}, purposes[chain.purpose] ?? chain.purpose),
    h('ol', {}, cards.flatMap((one, i) => (i ? [h('li', { class: 'link', 'aria-hidden': 'true' }, arrow()), one] : [one]))));
}

export function drawChains(state) {
  const { result, time } = state.answer;
  const all = (one) => [...(one.chains ?? []), ...(one.layers ?? []).flatMap(all)];
  const seen = new Set();
  const chains = all(result).filter((chain) => {
    const id = chain.certificates.map((c) => c.key_sha256).join();
    return !seen.has(id) && seen.add(id);
  });
  const findings = allFindings(result);
  const now = Date.parse(time);
  const heading = h('header', {}, h('h2', {}, 'Chain of trust'), h('p', { class: 'legend' },
    s('svg', { viewBox: '0 0 10 14', 'aria-hidden': 'true' }, s('path', { d: 'M5 0v14', class: 'now' })), `the time of judgement, ${date(time)}`));
  if (!chains.length) {
    const why = findings.filter((f) => /chain|signature/.test(f.check) && ['failed', 'missing'].includes(f.outcome));
    return h('section', { class: 'card chains' }, h('h2', {}, 'Chain of trust'),
      h('p', { class: 'empty' }, why[0]?.why ?? 'This evidence has no chain of certificates: it is signed by a key that you give.'));
  }
  const [first, ...others] = chains;
  const scale = span(chains, now);
  return h('section', { class: 'card chains' }, heading, row(first, state, findings, now, scale, true),
    others.length ? h('details', {}, h('summary', {}, `The collateral’s own chain${others.length > 1 ? 's' : ''}`),
      others.map((chain) => row(chain, state, findings, now, scale, false))) : null);
}
