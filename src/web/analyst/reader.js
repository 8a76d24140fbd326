// Reads a drawing out: what the pointer or the arrow keys are at, as a sentence below it.
callsurge.study = {};
callsurge.study.reader = function (box, label) {
  'use strict';
  var c = callsurge;
  var on = null; // count, near(x, y), moves by key, say(i), show(i)
  var at = -1;
  var line = c.el('p', 'readout');
  line.id = box.id + '-said';
  line.setAttribute('role', 'status');
  box.setAttribute('tabindex', '0');
  box.setAttribute('role', 'group');
  box.setAttribute('aria-label', label);
  box.setAttribute('aria-describedby', line.id);
  box.parentNode.insertBefore(line, box.nextSibling);

  function go(i) {
    at = on && i >= 0 && i < on.count ? i : -1;
    if (on) { on.show(at); }
    c.set(line, at < 0 ? c.tr('analyst.hover') : on.say(at));
  }
  function point(event) {
    var r = box.getBoundingClientRect();
    if (on) { go(on.near(event.clientX - r.left, event.clientY - r.top)); }
  }
  box.addEventListener('mousemove', point);
  box.addEventListener('click', point);
  box.addEventListener('focus', function () { if (at < 0 && on) { go(on.first || 0); } });
  box.addEventListener('keydown', function (event) {
    var by = on ? on.moves[event.key] : undefined;
    if (by === undefined) { return; }
    event.preventDefault();
    go(Math.max(0, Math.min(on.count - 1, at + by)));
  });
  return {
    // A new drawing; what was looked at stays in view where it is still there.
    use: function (drawing) {
      on = drawing;
      go(at);
    }
  };
};
