// The analyst's page: which series, which span, and what is drawn when.
(function () {
  'use strict';
  var c = callsurge;
  var study = callsurge.study;
  var AGAIN_MS = 2000; // between two tries to have the words
  var FRESH_MS = 60000; // a span that ends now is asked for anew
  var HOURS = [6, 24, 72, 168, 744];
  var lang = document.documentElement.lang;
  var status = null;
  var unit = null;
  var queue = ''; // empty: the sum of the unit
  var hours = 24;
  var until = null; // null: now
  var told = { detail: null, profile: null, past: null };
  var asked = 0;
  var askedAt = 0;

  function $(id) { return document.getElementById(id); }
  function of(name) { return status.units.filter(function (u) { return u.unit === name; })[0]; }
  // The one that was asked for, else the one with the most trouble.
  function choose() {
    if (unit !== null && of(unit)) { return; }
    var wanted = c.asked('unit');
    var most = status.units.reduce(function (a, b) { return !a || b.stage > a.stage ? b : a; }, null);
    unit = of(wanted) ? wanted : most ? most.unit : null;
    queue = unit !== null && unit === wanted ? c.asked('queue') || '' : '';
  }
  function query(more) {
    return '?' + (queue === '' ? '' : 'queue=' + encodeURIComponent(queue) + '&') + more;
  }
  function json(path) { return c.ask(path).then(c.json); }
  // What the monitor cannot tell is missing from the page; the rest is there.
  function maybe(path) { return json(path).catch(function () { return null; }); }
  function load() {
    if (unit === null) { return null; }
    asked += 1;
    askedAt = c.steady();
    var ours = asked;
    var base = '/api/v1/units/' + encodeURIComponent(unit);
    var end = until === null ? '' : '&until=' + encodeURIComponent(new Date(until).toISOString());
    return json(base).then(function (detail) {
      if (queue !== '' && !row(detail)) { queue = ''; }
      return Promise.all([detail, maybe(base + '/profile' + query('')), maybe(base + '/history' + query('hours=' + hours + end))]);
    }).then(function (all) {
      if (ours !== asked) { return; }
      told = { detail: all[0], profile: all[1], past: all[2] };
      c.show($('study'), true);
      render();
    });
  }
  function row(detail) { return detail.queues.filter(function (q) { return q.queue === queue; })[0]; }
  function sources() {
    var names = told.detail.queues.filter(function (q) { return queue === '' || q.queue === queue; })
      .map(function (q) { return q.source; });
    return status.sources.filter(function (s) { return names.indexOf(s.source) >= 0; });
  }
  function render() {
    var series = queue === '' ? told.detail : row(told.detail);
    c.show($('notice'), !told.profile || !told.past);
    c.set($('notice'), c.tr(told.profile ? 'analyst.no_past' : 'analyst.no_profile'));
    study.facts.verdict(told.detail, series, told.profile);
    c.show($('week'), told.profile !== null);
    if (told.profile) { study.week.load(told.profile); }
    c.show($('curve'), told.past !== null);
    if (told.past) { study.curve.load(told.past); }
    study.shape.load(told.past ? told.past.residuals : null);
    study.facts.tests(series, told.profile);
    study.facts.quality(sources(), told.profile, told.past);
    links();
    drawPick();
  }
  function links() {
    var at = 'unit=' + encodeURIComponent(unit) + (queue === '' ? '' : '&queue=' + encodeURIComponent(queue));
    $('wallboard').href = '/?unit=' + encodeURIComponent(unit);
    $('command').href = '/command?unit=' + encodeURIComponent(unit);
    ['en', 'zh-CN'].forEach(function (tag) { $('lang-' + tag).href = '/analyst?' + at + '&lang=' + tag; });
    window.history.replaceState(null, '', '/analyst?' + at);
    var boards = told.profile ? told.profile.boards : null;
    c.show($('grafana'), boards !== null);
    if (!boards || !told.past) { return; }
    $('grafana').href = boards[lang] + '?var-unit=' + encodeURIComponent(unit) +
      (queue === '' ? '' : '&var-queue=' + encodeURIComponent(queue)) +
      '&from=' + Date.parse(told.past.since) + '&to=' + Date.parse(told.past.until);
  }
  function drawPick() {
    c.show($('pick'), unit !== null);
    c.options($('unit'), status.units.map(function (u) { return [u.unit, u.display]; }), unit);
    var queues = told.detail ? told.detail.queues.map(function (q) { return [q.queue, q.queue]; }) : [];
    c.options($('queue'), [['', c.tr('analyst.sum'), 'sum']].concat(queues), queue);
    c.options($('hours'), HOURS.map(function (h) {
      return [String(h), h > 24 ? c.say('analyst.days', { n: h / 24 }) : c.say('analyst.hours', { n: h }), 'span'];
    }), String(hours));
    $('newer').disabled = until === null;
  }
  function drawLost() { return stream.banner(c.tr('analyst')); }
  function draw() {
    if (drawLost() || !status) { return; }
    document.title = c.tr('analyst');
    choose();
    c.show($('stamp'), status.stamp !== 'live');
    c.set($('stamp'), c.tr('stamp.' + status.stamp));
    c.set($('seen'), c.say('seen', { time: c.clock(c.now()) }));
    if (unit !== null) { drawPick(); }
    if (until === null && told.detail && c.steady() - askedAt > FRESH_MS) { reload(); }
  }
  function reload() {
    var loading = load();
    if (loading) { loading.catch(drawLost); }
  }
  function move(by) {
    var end = (until === null ? c.now() : until) + by * hours * 3600000;
    until = end >= c.now() ? null : end;
    reload();
  }
  function listen() {
    $('unit').addEventListener('change', function () {
      unit = $('unit').value;
      queue = '';
      reload();
    });
    $('queue').addEventListener('change', function () {
      queue = $('queue').value;
      reload();
    });
    $('hours').addEventListener('change', function () {
      hours = Number($('hours').value);
      reload();
    });
    $('pick').addEventListener('submit', function (event) { event.preventDefault(); });
    $('older').addEventListener('click', function () { move(-1); });
    $('newer').addEventListener('click', function () { move(1); });
    window.addEventListener('resize', function () {
      study.week.draw();
      study.curve.draw();
      study.shape.draw();
    });
  }
  var stream = c.stream({
    status: function (body) {
      status = body;
      draw();
    },
    record: function () {},
    opened: function () {
      draw();
      return Promise.all([c.desk.session.load(true), load()]);
    },
    denied: c.desk.session.denied,
    broken: drawLost
  });

  fetch('/web/' + lang + '.json').then(c.json).then(function (loaded) {
    c.learn(loaded);
    [['title', 'analyst'], ['unit-label', 'desk.unit'], ['queue-label', 'analyst.queue'], ['hours-label', 'analyst.span'],
      ['older', 'analyst.older'], ['newer', 'analyst.newer'], ['wallboard', 'desk.wallboard'], ['command', 'desk'],
      ['grafana', 'analyst.grafana']].forEach(function (pair) { $(pair[0]).textContent = c.tr(pair[1]); });
    listen();
    c.desk.session.start(stream.start);
    setInterval(draw, 500);
    setInterval(drawLost, 200);
    stream.start();
  }, function () { setTimeout(function () { location.reload(); }, AGAIN_MS); });
}());
