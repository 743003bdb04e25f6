// The charts as the rest of the front end asks for them; loaded only when one is to be drawn.
export { barsHeight, barsOption } from "./bars";
export { draw } from "./echarts_core";
export { curveOption } from "./curve";
export { heatOption } from "./heat";
export { historyOption } from "./history";
export { trendOption } from "./trend";
