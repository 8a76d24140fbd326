// What is wrong with the layout, as sentences; empty where all is well.
(() => {
  const found = [];
  const screen = document.documentElement.clientWidth;
  const tall = window.innerHeight;
  const name = (e) => e.tagName + '.' + (e.getAttribute('class') || e.id) + ' "' +
    (e.textContent || '').trim().slice(0, 30) + '"';
  const shown = (e) => e.getClientRects().length > 0 && !e.closest('.unseen');
  const all = (css) => Array.from(document.querySelectorAll(css)).filter(shown);
  if (document.documentElement.scrollWidth > window.innerWidth) {
    found.push('the page is ' + document.documentElement.scrollWidth + ' wide');
  }
  all('body *').forEach((e) => {
    const r = e.getBoundingClientRect();
    if (e.closest('svg') && e.tagName !== 'svg') { return; }
    if (r.right > screen + 1 || r.left < -1) { found.push(name(e) + ' leaves the screen'); }
    const style = getComputedStyle(e);
    const cuts = style.overflowX !== 'visible' || style.overflowY !== 'visible';
    const words = Array.from(e.childNodes).some((n) => n.nodeType === 3 && n.textContent.trim());
    if (e.tagName === 'svg' || style.display === 'inline' || e.tagName === 'INPUT') { return; }
    // A line of text may be lower than its letters' boxes without losing a stroke.
    const wide = (cuts || words) && e.scrollWidth > e.clientWidth + 1;
    if (wide || (cuts && e.scrollHeight > e.clientHeight + 1)) {
      found.push(name(e) + ' is cut: ' + [e.scrollWidth, e.clientWidth, e.scrollHeight, e.clientHeight]);
    }
  });
  // Texts of the curve stay inside of it.
  all('svg text').forEach((e) => {
    const r = e.getBoundingClientRect();
    const s = e.closest('svg').getBoundingClientRect();
    if (r.left < s.left - 1 || r.right > s.right + 1 || r.bottom > s.bottom + 1) {
      found.push(name(e) + ' leaves the curve');
    }
  });
  // Neighbours do not lie upon each other.
  all('.unit').forEach((unit) => {
    const parts = Array.from(unit.children).filter(shown).map((e) => [e, e.getBoundingClientRect()]);
    parts.slice(1).forEach(([e, r], i) => {
      if (r.top < parts[i][1].bottom - 1) { found.push(name(e) + ' lies on ' + name(parts[i][0])); }
    });
    const tile = unit.querySelector('.tile');
    const body = unit.querySelector('.body');
    if (tile.getBoundingClientRect().bottom > body.getBoundingClientRect().bottom + 1) {
      found.push('the tile is taller than its place');
    }
    const inside = Array.from(tile.children).filter(shown);
    const least = tile.getBoundingClientRect();
    inside.forEach((e) => {
      const r = e.getBoundingClientRect();
      if (r.top < least.top - 1 || r.bottom > least.bottom + 1) { found.push(name(e) + ' leaves its tile'); }
    });
  });
  // One unit on a wall: everything is on the screen, and large.
  if (document.body.className === 'one' && screen >= 900) {
    const foot = document.querySelector('footer').getBoundingClientRect();
    if (foot.bottom > tall + 1) { found.push('the foot is at ' + foot.bottom + ' of ' + tall); }
    const least = { '.number': 0.2, '.count': 0.08, '.word': 0.04, '.value': 0.036, '.why': 0.026,
      '.age': 0.026, '.flag': 0.024, '.figure dt': 0.022, '.legend': 0.02 };
    // Many flags leave less room.
    if (document.querySelector('.tight')) { least['.number'] = 0.12; }
    Object.keys(least).forEach((css) => all(css).forEach((e) => {
      const size = parseFloat(getComputedStyle(e).fontSize) / tall;
      if (size < least[css]) { found.push(name(e) + ' is ' + size.toFixed(3) + ' of the height'); }
    }));
    const chart = document.querySelector('.chart').getBoundingClientRect();
    if (chart.height < 0.2 * tall) { found.push('the curve is ' + chart.height + ' high'); }
  }
  return found;
})()
