(() => {
  const field = document.getElementById("search");
  const found = document.getElementById("found");
  const models = [...document.querySelectorAll("article.model")].map((element) => ({
    element, text: element.textContent.toLowerCase(),
  }));
  const look = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { element, text } of models) {
      element.hidden = !words.every((word) => text.includes(word));
      count += !element.hidden;
      const columns = element.querySelector("details");
      if (columns) {
        const told = columns.textContent.toLowerCase();
        columns.open = !element.hidden && words.some((word) => told.includes(word));
      }
    }
    for (const group of document.querySelectorAll("section.group")) {
      group.hidden = !group.querySelector("article.model:not([hidden])");
    }
    found.textContent = words.length ? `${count} of ${models.length}` : "";
  };
  field.addEventListener("input", look);
  field.closest(".search").hidden = false;
  // A link to a model leads there whatever is being searched for.
  addEventListener("hashchange", () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target && target.closest("[hidden]")) {
      field.value = "";
      look();
      target.scrollIntoView();
    }
  });
})();
