// Everything that is said on the page, without names, for eyes and for readers of screens.
(() => {
  const copy = document.body.cloneNode(true);
  copy.querySelectorAll('.name, .links, h1, [hidden], script').forEach((e) => e.remove());
  const said = [copy.textContent];
  copy.querySelectorAll('*').forEach((e) => ['aria-label', 'title', 'placeholder', 'alt']
    .forEach((key) => { if (e.hasAttribute(key)) { said.push(e.getAttribute(key)); } }));
  return said.join('\n');
})()
