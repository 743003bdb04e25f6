// Entry of every page: styles, htmx, and the small behaviours that pages ask for by data attributes.
import "@tabler/core/dist/css/tabler.min.css";
import "../styles/site.css";
import "htmx.org";
import { setUpForms } from "./page/forms";
import { setUpJobs } from "./page/jobs";
import { setUpReview } from "./page/review";
import { setUpTakeAway } from "./page/take_away";
import { setUpSearch } from "./page/search";
import { setUpUploads } from "./page/uploads";
import { applyWidths } from "./page/widths";

function setUp(): void {
  applyWidths(document);
  setUpForms(document);
  setUpUploads(document);
  setUpJobs(document);
  setUpReview(document);
  setUpTakeAway(document);
  setUpSearch(document);
}

setUp();
document.addEventListener("htmx:after:swap", setUp);
