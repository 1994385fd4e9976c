// Runs before the first paint, to avoid a flash of the wrong theme. Not a module: those run later.
(function () {
  "use strict";
  var root = document.documentElement;
  var KEY = "editjury-theme";

  function stored() {
    try {
      return localStorage.getItem(KEY) || "system";
    } catch {
      return "system"; // storage forbidden: the system's theme
    }
  }

  function apply(theme) {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
    document.querySelectorAll("[data-theme-choice]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
    });
  }

  apply(stored());
  root.classList.add("js");

  document.addEventListener("DOMContentLoaded", function () {
    apply(stored());
  });
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-theme-choice]");
    if (button) {
      try {
        localStorage.setItem(KEY, button.dataset.themeChoice);
      } catch {
        // Without storage the choice lasts for this page.
      }
      apply(button.dataset.themeChoice);
    }
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });
})();
