/** Finds the browser with which the approval page is tested: for the set-up, and for the tests. */
const fs = require("node:fs");
const path = require("node:path");

const names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
const places = ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];

/** Gives the path of a Chromium or Chrome that can be run; undefined where there is none. */
exports.findChromium = () => {
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  const candidates = [
    ...folders.flatMap((folder) => names.map((name) => path.join(folder, name))),
    ...places,
  ];
  return candidates.find((file) => {
    try {
      fs.accessSync(file, fs.constants.X_OK);
      return fs.statSync(file).isFile();
    } catch {
      return false;
    }
  });
};
