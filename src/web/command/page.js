// The commander's page: which unit, and what is drawn when.
(function () {
  'use strict';
  var c = callsurge;
  var desk = callsurge.desk;
  var AGAIN_MS = 2000; // between two tries to have the words
  var lang = document.documentElement.lang;
  var status = null;
  var unit = null; // its name
  var said = '';

  function $(id) { return document.getElementById(id); }
  function wanted() {
    var match = /[?&]unit=([^&]*)/.exec(location.search);
    if (!match) { return null; }
    try { return decodeURIComponent(match[1].replace(/\+/g, ' ')); } catch (malformed) { return null; }
  }
  function of(name) { return status.units.filter(function (u) { return u.unit === name; })[0]; }
  // The one that was asked for, else the one with the most trouble.
  function choose() {
    if (unit !== null && of(unit)) { return; }
    var most = status.units.reduce(function (a, b) { return !a || b.stage > a.stage ? b : a; }, null);
    unit = of(wanted()) ? wanted() : most ? most.unit : null;
  }
  function drawPick() {
    var pick = $('unit');
    c.show($('pick'), status.units.length > 1);
    var names = status.units.map(function (u) { return u.unit; }).join('\n');
    if (pick.getAttribute('data-units') !== names) {
      pick.setAttribute('data-units', names);
      pick.textContent = '';
      status.units.forEach(function (u) {
        c.add(pick, c.el('option', 'name', u.display)).value = u.unit;
      });
    }
    if (pick.value !== unit) { pick.value = unit; }
  }
  function drawLost() {
    var quiet = stream.lost();
    var lost = quiet !== null;
    document.documentElement.classList.toggle('is-lost', lost);
    c.show($('lost'), lost);
    if (lost) {
      var at = c.clock(status ? c.heard() : Date.now() - quiet);
      c.set($('lost'), c.say('lost', { time: at, span: c.span(quiet) }));
      document.title = '(!) ' + c.tr('desk');
    }
    return lost;
  }
  function draw() {
    if (drawLost() || !status) { return; }
    choose();
    c.show($('desk'), unit !== null);
    c.show($('stamp'), status.stamp !== 'live');
    c.set($('stamp'), c.tr('stamp.' + status.stamp));
    c.set($('seen'), c.say('seen', { time: c.clock(c.now()) }));
    if (unit === null) { return; }
    var u = of(unit);
    drawPick();
    desk.state.draw(u);
    desk.orders.draw(u, status);
    document.title = (u.stage ? 'L' + u.stage + ' · ' : '') + c.tr('desk');
    var news = u.display + c.tr('colon') + desk.state.word(u);
    if (said && said !== news) { c.set($('said'), news); }
    said = news;
  }
  var stream = c.stream({
    status: function (body) {
      status = body;
      draw();
    },
    record: function (record) {
      desk.timeline.hear(record);
      desk.book.hear();
    },
    opened: function () {
      desk.book.show(status.units);
      return Promise.all([desk.session.load(status.read_only), unit === null ? null : desk.timeline.show(unit) ||
        desk.timeline.load(), desk.book.load()]).then(draw);
    },
    denied: desk.session.denied,
    broken: drawLost
  });

  fetch('/web/' + lang + '.json').then(c.json).then(function (loaded) {
    c.learn(loaded);
    $('title').textContent = c.tr('desk');
    $('pick-label').textContent = c.tr('desk.unit');
    $('wallboard').textContent = c.tr('desk.wallboard');
    $('unit').addEventListener('change', function () {
      unit = $('unit').value;
      draw();
      desk.timeline.show(unit).catch(drawLost);
    });
    desk.session.start(stream.start);
    setInterval(draw, 500);
    setInterval(drawLost, 200);
    stream.start();
  }, function () { setTimeout(function () { location.reload(); }, AGAIN_MS); });
}());
