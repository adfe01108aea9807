// Buttons that copy a command.

export function startCopying(page) {
  const told = page.querySelector("[data-copied]");
  for (const button of page.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(button.dataset.copy);
        told.textContent = `Copied: ${button.dataset.copy}`;
        button.firstChild.data = "Copied";
      } catch {
        const command = button.previousElementSibling;
        getSelection().selectAllChildren(command);
        told.textContent = "Selected; copy it with the keyboard.";
      }
    });
  }
}
