// Giving orders: choose, read what it would do, say why, press. A press acts once: it has a key,
// which is kept until its fate is known and thrown away with the first change of the draft.
callsurge.desk.orders = (function () {
  'use strict';
  var c = callsurge;
  var session = callsurge.desk.session;
  var ACTS = ['raise', 'lower', 'hold', 'confirm', 'close'];
  var LEVELS = { raise: ['L1', 'L2', 'L3'], lower: ['L2', 'L1', 'none'] };
  var MINUTES = [10, 15, 20, 30, 60, 120, 240, 480];
  var LOOK_MS = 5000; // a preview is of its moment
  var LOOK_LEAST_MS = 1000;
  var nodes = null;
  var unit = null;
  var stamp = 'live';
  var act = null;
  var level = null;
  var key = null;
  var busy = false;
  var refused = false; // by the preview
  var looks = 0;
  var lookedAt = 0;
  var seen = '';
  var known = {}; // whom recalls would ask, by level

  function $(id) { return document.getElementById(id); }
  function fresh() {
    var bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.prototype.map.call(bytes, function (b) { return (b < 16 ? '0' : '') + b.toString(16); })
      .join('');
  }
  function button(parent, cls, text, pressed) {
    var node = c.add(parent, c.el('button', cls, text));
    node.type = 'button';
    node.addEventListener('click', pressed);
    return node;
  }
  function field(parent, label, node) {
    var whole = c.add(parent, c.el('label', 'field'));
    c.add(whole, c.el('span', '', label));
    return c.add(whole, node);
  }
  function input(most) {
    var node = c.el('input');
    node.type = 'text';
    node.maxLength = most;
    node.autocomplete = 'off';
    node.addEventListener('input', changed);
    return node;
  }
  function build() {
    nodes = { box: c.el('div') };
    c.add(nodes.box, c.el('h2', '', c.tr('desk.orders')));
    var acts = c.add(nodes.box, c.el('div', 'acts'));
    nodes.acts = ACTS.map(function (word) {
      var node = button(acts, 'act', c.tr('desk.act.' + word), function () { choose(word); });
      node.setAttribute('data-act', word);
      return node;
    });
    nodes.draft = c.add(nodes.box, c.el('div', 'draft'));
    nodes.hint = c.add(nodes.draft, c.el('p', 'small'));
    nodes.levels = c.add(nodes.draft, c.el('div', 'acts levels'));
    nodes.expiry = field(nodes.draft, c.tr('desk.expiry'), c.el('select'));
    nodes.expiry.id = 'expiry';
    nodes.expiry.addEventListener('change', changed);
    nodes.reason = field(nodes.draft, c.tr('desk.reason'), input(500));
    nodes.reason.id = 'reason';
    nodes.reason.required = true;
    nodes.person = field(nodes.draft, c.tr('desk.person'), input(64));
    nodes.person.id = 'person';
    c.add(nodes.draft, c.el('h3', '', c.tr('desk.preview')));
    nodes.preview = c.add(nodes.draft, c.el('div', 'preview'));
    nodes.preview.id = 'preview';
    nodes.preview.setAttribute('aria-live', 'polite');
    nodes.send = button(nodes.draft, 'send', '', send);
    nodes.send.id = 'send';
    nodes.need = c.add(nodes.draft, c.el('p', 'small'));
    nodes.outcome = c.add(nodes.box, c.el('p', 'outcome'));
    nodes.outcome.id = 'outcome';
    nodes.outcome.setAttribute('role', 'alert');
  }

  function reason() { return nodes.reason.value.trim(); }
  function expires() {
    var minutes = Number(nodes.expiry.value);
    return minutes && act !== 'confirm' ? new Date(c.now() + minutes * 60000).toISOString() : undefined;
  }
  function bounded() { return act === 'hold' || act === 'close' || level === 'none'; }
  function body(why) {
    var person = nodes.person.value.trim();
    return JSON.stringify({ act: act, level: level || undefined, reason: why,
      actor: person || undefined, expires_at: expires() });
  }
  function path(end) { return '/api/v1/units/' + encodeURIComponent(unit.unit) + end; }

  function choose(word) {
    act = act === word ? null : word;
    var next = { raise: Math.min(unit.stage + 1, 3), lower: Math.max(unit.stage - 1, 0) };
    level = !LEVELS[act] ? null : next[act] === 0 ? 'none' : 'L' + Math.min(next[act], act === 'lower' ? 2 : 3);
    c.set(nodes.outcome, '');
    fill();
    changed();
  }
  // What the chosen act takes.
  function fill() {
    nodes.acts.forEach(function (node) {
      node.setAttribute('aria-pressed', String(node.getAttribute('data-act') === act));
    });
    c.show(nodes.draft, act !== null);
    if (!act) { return; }
    c.set(nodes.hint, c.tr('desk.hint.' + act));
    nodes.levels.textContent = '';
    (LEVELS[act] || []).forEach(function (word) {
      var node = button(nodes.levels, 'act', c.log.level(word), function () {
        level = word;
        fill();
        changed();
      });
      node.setAttribute('data-level', word);
      node.setAttribute('aria-pressed', String(word === level));
    });
    c.show(nodes.levels, !!LEVELS[act]);
    var most = unit.control.hold_max_seconds / 60;
    var chosen = nodes.expiry.value;
    nodes.expiry.textContent = '';
    option('', bounded() ? c.say('desk.expiry.most', { n: most }) : c.say('desk.expiry.usual', { n: 30 }));
    // The longest is the default's: an instant of our clock could lie beyond it.
    MINUTES.filter(function (n) { return !bounded() || n < most; })
      .forEach(function (n) { option(String(n), c.seconds(n * 60)); });
    nodes.expiry.value = chosen;
    if (nodes.expiry.selectedIndex < 0) { nodes.expiry.value = ''; }
    c.show(nodes.expiry.parentNode, act !== 'confirm');
  }
  function option(value, text) {
    var node = c.add(nodes.expiry, c.el('option', '', text));
    node.value = value;
  }
  function changed() {
    key = null;
    look();
    ready();
  }
  function ready() {
    if (!act) { return; }
    var what = c.tr('desk.act.' + act) + (level ? ' ' + c.log.level(level) : '');
    c.set(nodes.send, busy ? c.tr('desk.sending') : c.say('desk.send', { what: what }));
    nodes.send.disabled = busy || refused || !reason();
    c.set(nodes.need, reason() ? '' : c.tr('desk.need_reason'));
  }

  // Asks the engine what the draft would do.
  function look() {
    looks += 1;
    var asked = looks;
    if (!act) { return; }
    lookedAt = c.steady();
    post('/preview', '-', {}).then(function (r) {
      return r.json().then(function (told) {
        if (asked !== looks) { return; }
        refused = r.ok && !!told.refused;
        if (r.ok) {
          callsurge.desk.preview.draw(nodes.preview, told, stamp, known);
          lookAtPeople(asked, told);
        } else {
          c.set(nodes.preview, trouble(r.status, told));
        }
        ready();
      });
    }).catch(function () {
      if (asked !== looks) { return; }
      refused = false;
      c.set(nodes.preview, c.tr('desk.no_preview'));
      ready();
    });
  }
  // Whom the levels that it reaches would ask; what was told before stays until it is told anew.
  function lookAtPeople(asked, told) {
    callsurge.desk.people.asked(told).forEach(function (word) {
      c.ask(path('/recall/preview'), { method: 'POST', body: JSON.stringify({ level: word }) }).then(function (r) {
        return r.json().then(function (people) {
          if (asked !== looks) { return; }
          known[word] = { ok: r.ok, told: people };
          callsurge.desk.preview.draw(nodes.preview, told, stamp, known);
        });
      }).catch(function () {
        if (asked !== looks) { return; }
        known[word] = { ok: false, told: {} };
        callsurge.desk.preview.draw(nodes.preview, told, stamp, known);
      });
    });
  }
  function post(end, why, headers) {
    return c.ask(path(end), { method: 'POST', body: body(why), headers: headers }).then(function (r) {
      if (r.status === 401) { session.ended(); }
      return r;
    });
  }
  function trouble(status, told) {
    var code = told.error ? told.error.code : '';
    if (status === 401) { return c.tr('desk.trouble.ended'); }
    if (status === 403) { return c.tr('desk.trouble.scope'); }
    if (code === 'refused') { return c.tr('refused') + c.tr('colon') + c.log.refusal(told.error.message); }
    if (code === 'read_only') { return c.tr('desk.trouble.read_only'); }
    if (status === 400) { return c.tr('desk.trouble.bad'); }
    return c.tr('desk.trouble.unsure');
  }
  function send() {
    if (busy || nodes.send.disabled) { return; }
    busy = true;
    key = key || fresh();
    ready();
    post('/commands', reason(), { 'Idempotency-Key': key }).then(function (r) {
      return r.json().then(function (told) { done(r, told); });
    }).catch(function () {
      c.set(nodes.outcome, c.tr('desk.trouble.unsure'));
    }).then(function () {
      busy = false;
      ready();
    });
  }
  function done(r, told) {
    if (!r.ok) {
      // Of these nobody knows whether the order was taken: the same key again.
      if (r.status < 500) { key = null; }
      c.set(nodes.outcome, trouble(r.status, told));
      return;
    }
    key = null;
    var what = c.tr('desk.act.' + told.act) + (told.level ? ' ' + c.log.level(told.level) : '');
    c.set(nodes.outcome, c.say('desk.done', { what: what, time: c.clock(Date.parse(told.at)) }));
    nodes.reason.value = '';
    act = null;
    fill();
  }

  // Only who may order sees a button.
  function draw(u, status) {
    var box = $('orders');
    if (unit && unit.unit !== u.unit && nodes) {
      act = null;
      key = null;
    }
    var other = !unit || unit.unit !== u.unit;
    if (other) { known = {}; }
    unit = u;
    stamp = status.stamp;
    // A draft outlives the end of its session.
    if (status.read_only || (!session.may() && !act)) {
      var why = status.read_only ? c.tr('desk.trouble.read_only')
        : session.known() ? c.tr('desk.viewer') : '';
      if (box.textContent !== why) {
        box.textContent = '';
        c.add(box, c.el('p', '', why));
      }
      return;
    }
    if (!nodes) { build(); }
    if (nodes.box.parentNode !== box) {
      box.textContent = '';
      box.appendChild(nodes.box);
      fill();
    } else if (other) {
      fill();
    }
    again(u);
  }
  // The situation changed, or the preview is of a while ago.
  function again(u) {
    var now = JSON.stringify([u.level, u.clock, u.incident, u.overrides, u.in_effect]);
    var age = c.steady() - lookedAt;
    if (act && !busy && (age > LOOK_MS || (now !== seen && age > LOOK_LEAST_MS))) {
      seen = now;
      look();
    }
  }
  return { draw: draw };
}());
