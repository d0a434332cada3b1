// The banner: the verdict in a word and a sentence, and the facts that it rests on.
import { h, s, words } from './dom.js';

const tees = {
  sgx: 'an SGX enclave', tdx: 'a TDX guest', 'sev-snp': 'an SEV-SNP guest', nitro: 'a Nitro enclave', tpm: 'a TPM',
  cca: 'a CCA realm', psa: 'a PSA device', token: 'an attestation token', gpu: 'a GPU',
};
const titles = { accepted: 'Accepted', refused: 'Refused', malformed: 'Malformed', undetermined: 'Undetermined' };
const shapes = {
  accepted: 'M20 33l9 9 17-19', refused: 'M22 22l20 20M42 22L22 42', malformed: 'M24 20l-8 12 8 12M40 20l8 12-8 12M35 18l-6 28',
  undetermined: 'M25 26a7 7 0 1 1 10.5 6c-2.4 1.4-3.5 2.7-3.5 5M32 43v.4',
};

// All findings, those of evidence inside of the evidence after its own.
export const allFindings = (result, layer = '') => [
  ...result.findings.map((finding) => ({ ...finding, layer })),
  ...(result.layers ?? []).flatMap((inner, i) => allFindings(inner, `${layer}layer ${i + 1} (${inner.format}) `)),
];

function sentence(state) {
  const { result, policy } = state.answer;
  const findings = allFindings(result);
  const because = (outcome) => findings.find((f) => f.outcome === outcome && f.concern !== 'policy') ??
    findings.find((f) => f.outcome === outcome && f.check !== 'policy.rule') ?? findings.find((f) => f.outcome === outcome);
  const tee = tees[result.claims.tee] ?? 'a trusted execution environment';
  if (result.verdict === 'accepted')
    return `Genuine evidence of ${tee}${policy?.good ? ', and the policy allows it' : '. Whose code it is, is yours to judge: add a policy'}.`;
  if (result.verdict === 'malformed') return `${because('failed')?.why ?? 'The bytes break the rules of their format'}.`;
  const reason = because(result.verdict === 'refused' ? 'failed' : 'missing');
  const lead = result.authentic ? `It is genuine evidence of ${tee}, but ` : '';
  return `${lead}${reason?.why ?? 'not every check could be made'}.`;
}

const short = (text) => (text.length > 34 ? `${text.slice(0, 31)}…` : text);

function facts(state) {
  const { result, time } = state.answer;
  const rows = [
    ['Evidence', result.format || 'unknown'],
    ['Authentic', result.authentic ? 'yes' : 'no'],
    ['Root', result.claims.root || 'none'],
    ['TCB status', result.tcb_status || 'none told'],
    ['Judged as of', time.replace('T', ' ').replace('Z', ' UTC')],
  ];
  if (result.advisories.length) rows.push(['Open advisories', result.advisories.join(', ')]);
  return h('dl', { class: 'facts' }, rows.map(([name, value]) =>
    h('div', {}, h('dt', {}, name), h('dd', { title: value }, short(value)))));
}

function tally(state) {
  const findings = allFindings(state.answer.result);
  const order = ['passed', 'warning', 'missing', 'failed', 'not_applicable'];
  const counts = order.map((outcome) => [outcome, findings.filter((f) => f.outcome === outcome).length]).filter(([, n]) => n);
  const text = counts.map(([outcome, n]) => `${n} ${words[outcome].toLowerCase()}`).join(', ');
  let x = 0;
  const bars = counts.map(([outcome, n]) => {
    const width = (n / findings.length) * 100;
    const bar = s('rect', { x: x + 0.15, y: 0, width: Math.max(width - 0.3, 0.2), height: 6, class: outcome });
    x += width;
    return bar;
  });
  return h('div', { class: 'tally' }, s('svg', { viewBox: '0 0 100 6', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, bars),
    h('p', {}, `${findings.length} checks: ${text}`));
}

export function drawVerdict(state) {
  const { verdict } = state.answer.result;
  const { title, about } = state.input;
  return h('section', { class: `card verdict ${verdict}`, 'aria-labelledby': 'verdict' },
    s('svg', { viewBox: '0 0 64 64', class: 'seal', 'aria-hidden': 'true' },
      s('circle', { cx: 32, cy: 32, r: 30, class: 'ring' }), s('circle', { cx: 32, cy: 32, r: 24, class: 'disc' }),
      s('path', { d: shapes[verdict] })),
    h('div', { class: 'words' },
      title ? h('p', { class: 'source' }, title) : null,
      h('h1', { id: 'verdict', dataset: { verdict } }, titles[verdict]),
      h('p', { class: 'reason' }, sentence(state)),
      about ? h('p', { class: 'about' }, about) : null),
    facts(state), tally(state));
}
