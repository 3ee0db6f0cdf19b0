{% comment %}Shows a form on somebody's page.  Context: address, name, title (each as JSON).{% endcomment %}(function () {
  "use strict";
  var script = document.currentScript;
  var here = new URLSearchParams(window.location.search);
  var asked = new URLSearchParams({ embed: "1", landing_page: window.location.href, referrer: document.referrer });
  ["utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term"].forEach(function (name) {
    if (here.get(name)) asked.set(name, here.get(name));
  });
  var frame = document.createElement("iframe");
  frame.src = {{ address|safe }} + "?" + asked;
  frame.title = {{ title|safe }};
  frame.style.cssText = "width:100%;border:0;min-height:20rem";
  script.after(frame);
  window.addEventListener("message", function (event) {
    if (event.source !== frame.contentWindow || !event.data || event.data.artelForm !== {{ name|safe }}) return;
    frame.style.height = event.data.height + "px";
    if (event.data.next) window.location.assign(event.data.next);
  });
})();
