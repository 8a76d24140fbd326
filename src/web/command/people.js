// Whom the recall of a level would ask, as the service told it: how many are needed, who is asked at
// once, what may follow, and why others are not asked. People are numbers here as everywhere.
callsurge.desk.people = (function () {
  'use strict';
  var c = callsurge;
  var SHOWN = 12; // people by number, and reasons
  var LEVELS = [2, 3];

  // The levels that an order reaches and that ask people.
  function levels(p) {
    return LEVELS.filter(function (n) { return !p.refused && p.before.stage < n && n <= p.after.stage; })
      .map(function (n) { return 'L' + n; });
  }
  function time(iso) { return iso ? c.minute(Date.parse(iso)) : c.tr('none'); }
  function sum(counts) {
    return Object.keys(counts).reduce(function (n, key) { return n + counts[key]; }, 0);
  }
  // Texts and names in turn, with a comma between.
  function joined(parts) {
    var said = [];
    parts.forEach(function (part, i) { said = said.concat(i ? [c.tr('comma')] : [], part); });
    return said;
  }
  function need(level, r) {
    var skills = Object.keys(r.need).filter(function (skill) { return skill !== 'any'; });
    var head = c.say('desk.people.need', { level: level, n: sum(r.need), time: time(r.needed_by) });
    if (!skills.length) { return [head]; }
    return [head, c.tr('colon')].concat(joined(skills.map(function (skill) {
      return [c.name(skill, 40), ' ' + r.need[skill]];
    })));
  }
  function first(r) {
    var head = c.say('desk.people.first', { n: r.first.length, mean: c.num(r.accepted_mean) });
    var shown = r.first.slice(0, SHOWN).map(function (person) { return c.name(person); });
    if (r.first.length > SHOWN) { shown.push('…'); }
    return shown.length ? [head, c.tr('colon')].concat(joined(shown)) : [head];
  }
  function later(r) {
    var more = r.waves.slice(1);
    if (!more.length) { return [c.tr('desk.people.no_wave')]; }
    return [c.say('desk.people.waves', { n: more.length, time: time(more[0].at),
      share: c.percent(more[0].needed) })];
  }
  function met(r) {
    if (!r.filled_p50) { return [c.tr('desk.people.unmet')]; }
    if (!r.filled_p90) { return [c.say('desk.people.half', { time: time(r.filled_p50) })]; }
    return [c.say('desk.people.met', { half: time(r.filled_p50), most: time(r.filled_p90) })];
  }
  // Reasons with how many people each holds back, the most frequent first.
  function reasons(r) {
    var counts = {};
    function add(text) { counts[text] = (counts[text] || 0) + 1; }
    r.excluded.forEach(function (e) {
      e.reasons.forEach(function (reason) { add('x' + reason[document.documentElement.lang]); });
    });
    r.not_asked.forEach(function (e) { add('n' + e.why); });
    var all = Object.keys(counts).sort(function (a, b) { return counts[b] - counts[a] || (a < b ? -1 : 1); });
    var lines = all.slice(0, SHOWN).map(function (key) {
      var text = key.slice(1);
      var what = key.charAt(0) === 'n' ? c.tr('desk.not_asked.' + text) : c.name(text);
      return [c.say('desk.people.times', { n: counts[key] }) + ' ', what];
    });
    var held = r.excluded.length + r.not_asked.length;
    return held ? [[c.say('desk.people.held', { n: held })]].concat(lines) : [];
  }
  // What nobody is asked for, in the words of the log book.
  function nobody(level, told) {
    var word = told.error && told.error.code === 'nobody_asked' ? told.error.message.split(': ').pop() : '';
    var why = ['off', 'no_need', 'enough', 'no_roster'].indexOf(word) < 0
      ? c.tr('desk.people.untold') : c.tr('recall.' + word);
    return [[level + c.tr('colon') + why]];
  }
  function of(level, answer, mode) {
    if (mode === 'off') { return [[level + c.tr('colon') + c.tr('recall.off')]]; }
    if (!answer) { return [[level + c.tr('colon') + c.tr('desk.people.looking')]]; }
    if (!answer.ok) { return nobody(level, answer.told); }
    var r = answer.told;
    var hours = Math.round(r.cost.paid_minutes / 60);
    return [need(level, r)].concat(r.mode === 'automatic' ? [] : [[c.tr('desk.people.dry')]],
      [first(r), later(r), met(r), [c.say('desk.people.cost', { n: hours })]], reasons(r));
  }
  // Lines for the preview of an order; `known` is what was told, by level.
  function lines(p, known) {
    var asking = levels(p);
    if (!asking.length) { return [[c.tr('desk.people')]]; }
    return asking.reduce(function (all, level) { return all.concat(of(level, known[level], p.after.recall.mode)); }, []);
  }
  // Of which levels it is worth to ask.
  function asked(p) { return p.after.recall.mode === 'off' ? [] : levels(p); }
  return { asked: asked, lines: lines };
}());
