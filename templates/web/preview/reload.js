(() => {
  const address = document.documentElement.dataset.changes;
  let events = null;
  const listen = () => {
    if (document.hidden || events) return;
    events = new EventSource(address);
    events.addEventListener("change", () => location.reload());
  };
  const rest = () => { if (events) { events.close(); events = null; } };
  document.addEventListener("visibilitychange", () => document.hidden ? rest() : listen());
  addEventListener("pagehide", rest);
  addEventListener("pageshow", listen);
})();
