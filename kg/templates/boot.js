(() => {
"use strict";
/* parts */
start();
})();
