// What is seen through a matte.

export function startMatte(page) {
  const choices = page.querySelector("[data-backs]");
  if (!choices) return;
  const colour = choices.querySelector("[data-colour]");
  const show = () => {
    const name = choices.querySelector("input[name=back]:checked").value;
    for (const back of page.querySelectorAll("[data-back]")) {
      back.className = `back ${name}`;
      back.style.backgroundColor = name === "colour" ? colour.value : "";
    }
  };
  choices.addEventListener("change", show);
  colour.addEventListener("input", () => {
    choices.querySelector("input[value=colour]").checked = true;
    show();
  });
}
