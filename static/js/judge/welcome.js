// The line of a first visit, and the practice on worked examples that it offers.

// line: null for somebody who has judged here. dispatch: practise begins the practice. arrange(): the line has gone.
export function bindWelcome({ line, practise, dispatch, arrange }) {
  function close() {
    if (!line) return;
    line.hidden = true;
    try {
      localStorage.setItem("editjury:welcome", "1");
    } catch {
      // Without storage it comes again with the next page.
    }
    arrange();
  }
  line?.querySelector("#welcome-done").addEventListener("click", close);
  for (const button of practise) {
    button.addEventListener("click", () => {
      close();
      dispatch({ type: "practise" });
    });
  }
}
