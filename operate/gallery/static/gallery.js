// What each page starts. Every page works without it as far as a browser's own players go.

import { startBroken } from "./broken.js";
import { startCompare } from "./compare.js";
import { startCopying } from "./copy.js";
import { startIndex } from "./index.js";
import { startListening } from "./listen.js";
import { startMatte } from "./matte.js";
import { startSeeking } from "./seek.js";
import { startTexts } from "./texts.js";
import { startTimelines } from "./timeline.js";

startBroken(document);
startIndex(document);
startSeeking(document);
startTimelines(document);
startTexts(document);
startMatte(document);
startCompare(document);
startListening(document);
startCopying(document);
document.documentElement.dataset.ready = "";
