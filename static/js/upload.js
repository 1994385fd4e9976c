/* Refuse a file over the limit before the upload, and show that a long upload is running.

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
  // After going back, the browser may restore the form's earlier state.
  window.addEventListener("pageshow", () => {
    status.textContent = "";
    form.querySelector("button").disabled = false;
  });
}

for (const form of document.querySelectorAll("form[data-upload]")) start(form);
