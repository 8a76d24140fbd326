// Who sits here: a token is changed for a cookie that no script can read. An end of the session is
// said and takes nothing away that was typed.
callsurge.desk = {};
callsurge.desk.session = (function () {
  'use strict';
  var c = callsurge;
  var who = null; // as the service tells it
  var wasIn = false;
  var begun = function () {};

  function $(id) { return document.getElementById(id); }
  // Before the service said so, nobody knows.
  function known() { return who !== null; }
  function may() { return who !== null && who.scopes.indexOf('operate') >= 0; }
  function draw() {
    // With open reading there is nobody to name.
    c.set($('who'), '');
    if (may()) {
      c.set($('who'), c.tr('desk.signed_in') + ' ');
      $('who').appendChild(c.name(who.actor, 40));
    }
    c.show($('leave'), wasIn);
  }
  // Asks for a token, and says why: nobody signed in, the end of a session, a scope that is missing.
  function want(why) {
    c.set($('login-why'), c.tr('desk.login.' + why));
    c.show($('login'), true);
  }
  // Whether a token is wanted to read at all.
  function denied(is) {
    if (is) { want(wasIn ? 'ended' : 'first'); }
  }
  function ended() {
    who = null;
    want('ended');
    draw();
  }
  // Where nobody can order (`closed`), no token is asked for.
  function load(closed) {
    return c.ask('/api/v1/session').then(c.json).then(function (told) {
      who = told;
      wasIn = wasIn || may();
      c.show($('login'), false);
      if (!may() && !closed) { want(wasIn ? 'ended' : 'operate'); }
      draw();
    });
  }
  function login(event) {
    event.preventDefault();
    var body = JSON.stringify({ token: $('token').value });
    c.ask('/api/v1/session', { method: 'POST', body: body }).then(function (r) {
      $('token').value = '';
      c.set($('login-failed'), r.ok ? '' : c.tr('login.failed'));
      if (!r.ok) { return; }
      wasIn = false;
      who = null;
      c.show($('login'), false);
      begun();
    }, function () { c.set($('login-failed'), c.tr('desk.unsure.login')); });
  }
  function leave() {
    c.ask('/api/v1/session', { method: 'DELETE' }).then(function () { location.reload(); });
  }
  function start(on) {
    begun = on;
    $('login-label').textContent = c.tr('login.label');
    $('login-go').textContent = c.tr('login.go');
    $('leave').textContent = c.tr('desk.leave');
    $('login').addEventListener('submit', login);
    $('leave').addEventListener('click', leave);
  }
  return { start: start, load: load, known: known, may: may, denied: denied, ended: ended };
}());
