// The log book in words. What a person typed (names, reasons) stays as it is; everything else is
// said in the language of the page.
callsurge.log = (function () {
  'use strict';
  var c = callsurge;
  var KEPT = 12;
  var ASKED = 200; // so many lines are looked through for those that are kept
  var NAME_MAX = 32;
  var REASON_MAX = 100;
  var records = []; // newest first

  function order(r) { return r.id.split('-').map(Number); }
  function newestFirst(a, b) {
    var x = order(a);
    var y = order(b);
    return y[0] - x[0] || y[1] - x[1];
  }
  // A recall has a line for each person: here only what concerns it as a whole.
  function whole(r) { return r.type !== 'recall_act' && !(r.recall && r.recall.person); }
  // The stream and the loaded log overlap: a record is known by its id.
  function take(more) {
    more.filter(whole).forEach(function (r) {
      if (!records.some(function (known) { return known.id === r.id; })) { records.push(r); }
    });
    records.sort(newestFirst);
    records = records.slice(0, KEPT);
  }

  // Why an order changed nothing, by the words of the service.
  var REFUSALS = {
    'no incident is open': 'no_incident',
    'the expiry must lie within the allowed time after the command': 'expiry',
    'raise needs a level L1, L2 or L3': 'level'
  };
  function refusal(text) {
    var known = Object.prototype.hasOwnProperty.call(REFUSALS, text);
    return known ? c.tr('refusal.' + REFUSALS[text]) : text;
  }
  function level(word) { return word === 'none' ? c.tr('level.none') : word; }
  // What happened, as texts and names.
  var sentences = {
    transition: function (r) {
      return [level(r.from) + ' → ' + level(r.to), c.tr('cause.' + r.cause)].concat(by(r));
    },
    outage: function (r) { return [c.tr('outage.' + r.cause)]; },
    reminder: function (r) { return [c.tr('reminder.' + r.cause), r.level]; },
    command: function (r) {
      var act = c.tr('act.' + r.act) + (r.level ? ' ' + level(r.level) : '');
      return [act].concat(by(r), r.refused ? [c.tr('refused') + c.tr('colon') + refusal(r.refused)] : []);
    },
    verdict: function (r) {
      return [c.explained(r) || c.tr('verdict.' + r.from) + ' → ' + c.tr('verdict.' + r.to)];
    },
    quality: function (r) { return [c.tr('quality.' + r.cause)]; },
    recall: function (r) {
      var heads = r.recall.heads === undefined ? [] : [c.num(r.recall.heads)];
      return drill(r).concat(r.level, c.tr('recall.' + r.cause), whom(r), heads);
    },
    recall_act: function (r) {
      var why = r.refused ? [c.tr('refused') + c.tr('colon') + c.tr('recall_refusal.' + r.refused)] : [];
      return drill(r).concat(c.tr('recall_act.' + r.act), whom(r), answer(r), by(r), why);
    }
  };
  function whom(r) { return r.recall.person ? [c.name(r.recall.person)] : []; }
  function answer(r) {
    var word = r.recall.answer;
    return word && word !== 'done' && word !== 'refused' ? ['→ ' + c.tr('recall_answer.' + word)] : [];
  }
  function drill(r) { return r.recall.drill ? [c.tr('drill')] : []; }
  function by(r) {
    var said = [];
    if (r.actor) { said.push(c.name(r.actor, NAME_MAX)); }
    if (r.reason) { said.push(c.name(r.reason, REASON_MAX)); }
    return said;
  }
  function item(r) {
    var node = c.el('li', 'line');
    c.add(node, c.el('time', '', c.clock(Date.parse(r.at)))).setAttribute('datetime', r.at);
    tell(node, r, NAME_MAX);
    return node;
  }
  // Whom it is about and what it was, behind what a node has.
  function tell(node, r, most) {
    // A sentence names its queue itself.
    var queue = r.type === 'verdict' && c.explained(r) ? '' : r.queue;
    var names = [r.unit, queue, r.source].filter(Boolean)
      .map(function (text) { return c.name(text, most); });
    var what = sentences[r.type] ? sentences[r.type](r) : [];
    names.concat(what).forEach(function (part, i) {
      node.appendChild(document.createTextNode(i ? ' · ' : ' '));
      node.appendChild(typeof part === 'string' ? document.createTextNode(part) : part);
    });
  }
  // On a wall nothing may be cut: the oldest lines give way.
  function draw(list, wall) {
    var room = list.parentNode;
    list.textContent = '';
    records.forEach(function (r) { list.appendChild(item(r)); });
    if (!records.length) { list.appendChild(c.el('li', 'line', c.tr('log.empty'))); }
    while (wall && list.children.length > 1 && room.scrollHeight > room.clientHeight) {
      list.removeChild(list.lastChild);
    }
  }
  return { take: take, draw: draw, tell: tell, level: level, refusal: refusal, newestFirst: newestFirst, asked: ASKED };
}());
