// A policy that accepts what is on the page, as strictly as its claims allow: a draft to be read before it is used.

const quoted = (text) => `"${String(text).replace(/["\\]/g, '\\$&').replace(/[^\x20-\x7e]/g,
  (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;

export function draft({ result }) {
  const { claims } = result;
  const lines = ['version = 1', ''];
  const root = claims.root ?? '';
  const own = root.startsWith('extra:') ? root.slice(6) : '';
  const chain = result.chains?.find((one) => one.root === root);
  if (own && chain) lines.push('[[root]]            # trusted because you say so', `name = ${quoted(own)}`,
    `key_sha256 = "${chain.certificates.at(-1).key_sha256}"`, '');
  lines.push('[[allow]]', 'name = "drafted from one piece of evidence"', `tee = [${quoted(claims.tee ?? '?')}]`);
  const zero = (value) => !value || /^0*$/.test(value);
  if (!zero(claims.measurement)) lines.push(`measurement = ["${claims.measurement}"]`);
  if (!zero(claims.signer)) lines.push(`signer = ["${claims.signer}"]`);
  if (zero(claims.measurement) && zero(claims.signer)) lines.push('insecure_any_code = true');
  if (claims.product_id !== undefined) lines.push(`product_id = [${claims.product_id}]`);
  if (claims.svn !== undefined) lines.push(`minimum_svn = ${claims.svn}`);
  if (own) lines.push(`roots = [${quoted(own)}]`);
  else if (root === 'given-keys') lines.push('roots = ["given-keys"]');
  const status = result.tcb_status;
  if (status && status !== 'UpToDate') lines.push(`# TCB status is ${status}; to accept it:`, `# tcb_status = ["UpToDate", ${quoted(status)}]`);
  for (const id of result.advisories) lines.push('# An open advisory; to accept it for a while:', '# [[allow.advisory]]', `# id = ${quoted(id)}`, '# until = 2027-01-01T00:00:00Z');
  if (claims.debug) lines.push('# It can be debugged; a production policy never sets insecure_debug.');
  return `${lines.join('\n')}\n`;
}
