// Before anything is drawn: the theme somebody chose last time. An address may say another (`&theme=dark`).
(() => {
  const root = document.documentElement;
  if ("themeFixed" in root.dataset) return;
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  } catch {
    // A browser that keeps nothing follows the system.
  }
})();
