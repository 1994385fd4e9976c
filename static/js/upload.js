/* Refuse a file over the limit before it travels, and say that a long upload is under way.

   Markup: <form data-upload> with a file input that has data-max-bytes, and [data-upload-status].
   Without JavaScript the server refuses, and the browser shows its own progress. */

const MEBIBYTE = 2 ** 20;

export function start(form) {
  const input = form.querySelector("input[type=file]");
  const status = form.querySelector("[data-upload-status]");
  const limit = Number(input.dataset.maxBytes);

  input.addEventListener("change", () => {
    const file = input.files[0];
    const tooLarge = file && file.size > limit;
    input.setCustomValidity(
      tooLarge ? `The file is larger than ${Math.floor(limit / MEBIBYTE)} MiB.` : "",
    );
    if (tooLarge) input.reportValidity();
  });
  form.addEventListener("submit", () => {
    status.textContent = "Uploading; stay on this page until the import begins.";
    form.querySelector("button").disabled = true;
  });
  // Back from another page, the browser may show the form as it was left.
  window.addEventListener("pageshow", () => {
    status.textContent = "";
    form.querySelector("button").disabled = false;
  });
}

for (const form of document.querySelectorAll("form[data-upload]")) start(form);
