// What an order would do, as the engine told it. Nothing of the rules is known here: the page only
// puts the answer into words.
callsurge.desk.preview = (function () {
  'use strict';
  var c = callsurge;
  var state = callsurge.desk.state;

  function moved(p) {
    var from = 'L' + p.before.stage;
    var to = 'L' + p.after.stage;
    var words = { from: c.log.level(p.before.level), to: c.log.level(p.after.level) };
    return from === to ? c.say('desk.stays', words) : c.say('desk.moves', words);
  }
  // A simulated or replayed journal tells nobody, whatever is configured.
  function told(p, stamp) {
    if (stamp !== 'live') { return [c.tr('desk.told.simulated')]; }
    if (!p.told.length) { return [c.tr('desk.told.nobody')]; }
    return p.told.map(function (r) {
      var what = r.messages.map(function (kind) { return c.tr('kind.' + kind); }).join(c.tr('comma'));
      return [c.tr('desk.told.webhook') + ' ', c.name(r.channel, 40),
        c.tr('colon') + (what || c.tr('desk.told.nothing'))];
    });
  }
  function lines(p, stamp, known) {
    if (p.refused) { return [['refused', [c.tr('desk.would_refuse') + c.tr('colon') + c.log.refusal(p.refused)]]]; }
    var orders = state.overrides(p.after);
    return [
      ['level', [moved(p)]],
      ['until', [p.until ? c.say('desk.until', { time: c.minute(Date.parse(p.until)),
        span: c.seconds(Math.round((Date.parse(p.until) - Date.parse(p.at)) / 60000) * 60) }) : c.tr('desk.until_none')]],
      ['clock', [state.clock(p.after)]],
      ['overrides', orders.length ? orders : [c.tr('desk.no_overrides')]],
      ['told', told(p, stamp)],
      ['people', callsurge.desk.people.lines(p, known)]
    ];
  }
  function draw(box, p, stamp, known) {
    var fresh = c.el('dl', 'preview-lines');
    lines(p, stamp, known).forEach(function (line) {
      var part = c.add(fresh, c.el('div', 'preview-line ' + line[0]));
      c.add(part, c.el('dt', '', c.tr('desk.preview.' + line[0])));
      line[1].forEach(function (said) {
        var node = c.add(part, c.el('dd'));
        [].concat(said).forEach(function (bit) {
          node.appendChild(typeof bit === 'string' ? document.createTextNode(bit) : bit);
        });
      });
    });
    // Not touched where nothing changed, so that nothing is read out twice.
    if (box.textContent !== fresh.textContent) {
      box.textContent = '';
      box.appendChild(fresh);
    }
  }
  return { draw: draw };
}());
