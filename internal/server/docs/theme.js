"use strict";

// The colours follow the system until the reader presses the button. Only a
// choice that differs from the system's is remembered, in this browser.
{
  const key = "tasks-theme";
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);

  // A browser can forbid to keep anything.
  const storage = (use) => {
    try {
      return use(localStorage);
    } catch {
      return null;
    }
  };

  const choose = (theme) => {
    if ((theme === "dark") === system.matches) {
      delete root.dataset.theme;
      storage((s) => s.removeItem(key));
    } else {
      root.dataset.theme = theme;
      storage((s) => s.setItem(key, theme));
    }
  };

  // Before the page is painted.
  const remembered = storage((s) => s.getItem(key));
  if (remembered) {
    choose(remembered);
  }

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const show = () => (button.ariaPressed = isDark());
    button.addEventListener("click", () => {
      choose(isDark() ? "light" : "dark");
      show();
    });
    system.addEventListener("change", show);
    show();
  });
}
