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
  function of(name) { return status.units.filter(function (u) { return u.unit === name; })[0]; }
  // The one that was asked for, else the one with the most trouble.
  function choose() {
    if (unit !== null && of(unit)) { return; }
    var most = status.units.reduce(function (a, b) { return !a || b.stage > a.stage ? b : a; }, null);
    var asked = c.asked('unit');
    unit = of(asked) ? asked : most ? most.unit : null;
  }
  function drawPick() {
    c.show($('pick'), status.units.length > 1);
    c.options($('unit'), status.units.map(function (u) { return [u.unit, u.display]; }), unit);
  }
  function drawLost() { return stream.banner(c.tr('desk')); }
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
    c.set($('analyst'), c.tr('analyst'));
    $('analyst').href = '/analyst?unit=' + encodeURIComponent(unit);
    desk.state.draw(u);
    desk.orders.draw(u, status);
    desk.drill.draw(u, status);
    desk.preflight.draw(u, status);
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
