"""A small drawing for each demo product, on a canvas of 200 by 200.

Classes: `a` the main shape, `b` its accent, `l` a line, `m` a thin line.
"""

from collections.abc import Mapping

MOTIFS: Mapping[str, str] = {
    "stoneware-mug": (
        '<path class="a" d="M55 62h78v62a24 24 0 0 1-24 24H79a24 24 0 0 1-24-24z"/>'
        '<path class="l" d="M133 78h10a18 18 0 0 1 0 36h-10"/>'
        '<path class="m" d="M80 50q-6-9 0-18m16 18q-6-9 0-18m16 18q-6-9 0-18"/>'
    ),
    "gooseneck-kettle": (
        '<path class="a" d="M72 84h66l12 64H60z"/>'
        '<path class="l" d="M62 132q-28-8-24-44l-12-10M80 84q25-52 50 0"/>'
        '<circle class="b" cx="105" cy="78" r="6"/>'
    ),
    "chefs-knife": (
        '<path class="a" d="M30 112L132 74v38z"/>'
        '<rect class="b" x="132" y="86" width="44" height="20" rx="8"/>'
        '<path class="m" d="M144 96h1m11 0h1m11 0h1"/>'
    ),
    "end-grain-board": (
        '<rect class="a" x="40" y="56" width="120" height="92" rx="14"/>'
        '<path class="m" d="M70 56v92m30-92v92m30-92v92M40 86h120M40 118h120"/>'
        '<circle class="b" cx="148" cy="68" r="5"/>'
    ),
    "cast-iron-casserole": (
        '<path class="a" d="M46 92h108v34a24 24 0 0 1-24 24H70a24 24 0 0 1-24-24z"/>'
        '<path class="b" d="M42 84q58-34 116 0z"/>'
        '<circle class="b" cx="100" cy="60" r="8"/>'
        '<path class="l" d="M46 104H30m124 0h16"/>'
    ),
    "linen-tea-towels": (
        '<path class="a" d="M58 46h84v112H58z"/>'
        '<path class="b" d="M58 60h84v10H58zm0 72h84v10H58z"/>'
        '<path class="m" d="M82 46v112m36-112v112"/>'
    ),
    "paper-lantern-lamp": (
        '<ellipse class="a" cx="100" cy="108" rx="54" ry="48"/>'
        '<path class="m" d="M50 92h100M46 108h108M50 124h100"/>'
        '<path class="l" d="M100 60V26"/>'
        '<rect class="b" x="86" y="54" width="28" height="8" rx="3"/>'
    ),
    "merino-blanket": (
        '<path class="a" d="M44 62q56-22 112 0v70q-56-22-112 0z"/>'
        '<path class="m" d="M44 84q56-22 112 0M44 110q56-22 112 0"/>'
        '<path class="l" d="M48 138v14m20-20v14m20-18v14m24-14v14m20-10v14m20-8v14"/>'
    ),
    "beeswax-candles": (
        '<rect class="a" x="68" y="78" width="22" height="78" rx="4"/>'
        '<rect class="a" x="110" y="94" width="22" height="62" rx="4"/>'
        '<path class="b" d="M79 40q14 18 0 30q-14-12 0-30zm42 16q14 18 0 30q-14-12 0-30z"/>'
    ),
    "quiet-wall-clock": (
        '<circle class="a" cx="100" cy="100" r="58"/>'
        '<circle class="m" cx="100" cy="100" r="48"/>'
        '<path class="l" d="M100 100V66m0 34l24 14"/>'
        '<circle class="b" cx="100" cy="100" r="6"/>'
    ),
    "smoked-glass-vase": (
        '<path class="a" d="M82 84q-22 26-14 70h64q8-44-14-70z"/>'
        '<path class="l" d="M96 84Q84 54 66 40m40 44q2-34 22-52"/>'
        '<circle class="b" cx="62" cy="38" r="9"/>'
        '<circle class="b" cx="130" cy="30" r="9"/>'
        '<circle class="b" cx="88" cy="60" r="6"/>'
    ),
    "seagrass-basket": (
        '<path class="a" d="M50 84h100l-12 70H62z"/>'
        '<path class="m" d="M52 100h96M55 118h90M58 136h84M76 84l4 70m44-70l-4 70m-20-70v70"/>'
        '<path class="l" d="M74 84q0-30 26-30t26 30"/>'
    ),
    "copper-trowel": (
        '<path class="a" d="M100 164q-30-26-26-64h52q4 38-26 64z"/>'
        '<path class="l" d="M100 100V70"/>'
        '<rect class="b" x="90" y="30" width="20" height="44" rx="9"/>'
    ),
    "watering-can": (
        '<path class="a" d="M76 80h62v70H76z"/>'
        '<path class="l" d="M76 134L40 92m98 0q28 8 8 46"/>'
        '<path class="b" d="M28 84l22-8-4 22z"/>'
        '<path class="m" d="M26 104v8m8-2v8m-16-10v8"/>'
    ),
    "bypass-secateurs": (
        '<path class="l" d="M88 104L62 160m50-56l26 56"/>'
        '<path class="a" d="M92 112q-20-40 4-78q20 34 12 72z"/>'
        '<path class="b" d="M108 110q22-16 22-52q-26 14-30 46z"/>'
        '<circle class="a" cx="100" cy="108" r="9"/>'
    ),
    "terracotta-pots": (
        '<path class="a" d="M34 104h60l-8 50H42zm74-16h62l-10 66h-42z"/>'
        '<path class="b" d="M30 94h68v12H30zm74-18h70v14h-70z"/>'
        '<path class="l" d="M64 94q-4-26-22-32m22 32q2-20 18-28"/>'
    ),
    "wildflower-seeds": (
        '<rect class="a" x="60" y="48" width="80" height="108" rx="8"/>'
        '<path class="l" d="M100 136V96"/>'
        '<circle class="b" cx="100" cy="78" r="8"/>'
        '<path class="m" d="M100 66v-8m0 40v-8m12-12h8m-40 0h8m4-9l-6-6m24 24l6 6m0-30l-6 6m-24 24l-6 6"/>'
    ),
    "goatskin-gloves": (
        '<path class="a" d="M70 158V96l-14-18q8-10 18 0l8 10V52q10-10 18 0v-8q10-10 18 0v12q10-8 16 2v60l-8 40z"/>'
        '<path class="b" d="M68 138h62v20H68z"/>'
    ),
    "dot-grid-notebook": (
        '<rect class="a" x="56" y="44" width="88" height="114" rx="8"/>'
        '<path class="b" d="M122 44h10v114h-10z"/>'
        '<path class="l" d="M96 158v14"/>'
        '<path class="m" d="M72 70h1m15 0h1m15 0h1M72 90h1m15 0h1m15 0h1m-33 20h1m15 0h1m15 0h1"/>'
    ),
    "brass-fountain-pen": (
        '<path class="a" d="M66 150l70-98q12-14 24-4t2 24l-72 92z"/>'
        '<path class="b" d="M66 150l24 14-36 18z"/>'
        '<path class="m" d="M78 157l-18 18M124 68l26 18"/>'
    ),
    "bottled-ink": (
        '<path class="a" d="M56 96q0-14 14-14h60q14 0 14 14v46q0 14-14 14H70q-14 0-14-14z"/>'
        '<rect class="b" x="80" y="48" width="40" height="28" rx="5"/>'
        '<path class="m" d="M66 116h68v30"/>'
    ),
    "cedar-pencils": (
        '<path class="a" d="M62 66h16v96H62zm30 0h16v96H92zm30 0h16v96h-16z"/>'
        '<path class="b" d="M62 66l8-28 8 28zm30 0l8-28 8 28zm30 0l8-28 8 28z"/>'
    ),
    "desk-tray": (
        '<path class="a" d="M34 98h132l-12 46H46z"/>'
        '<path class="m" d="M82 98l2 46m34-46l-2 46"/>'
        '<path class="l" d="M58 98l16-50m18 50V56"/>'
        '<circle class="b" cx="136" cy="86" r="12"/>'
    ),
    "letterpress-cards": (
        '<rect class="b" x="66" y="42" width="92" height="66" rx="4"/>'
        '<rect class="a" x="40" y="70" width="104" height="80" rx="4"/>'
        '<path class="l" d="M40 74l52 40 52-40"/>'
    ),
    "roll-top-pack": (
        '<path class="a" d="M60 78q40-14 80 0v76q0 8-8 8H68q-8 0-8-8z"/>'
        '<rect class="b" x="66" y="46" width="68" height="24" rx="10"/>'
        '<path class="l" d="M74 110h52v30H74zM100 58v30"/>'
    ),
    "insulated-bottle": (
        '<rect class="a" x="74" y="70" width="52" height="94" rx="14"/>'
        '<rect class="b" x="82" y="36" width="36" height="28" rx="6"/>'
        '<path class="l" d="M90 36q10-16 20 0"/>'
        '<path class="m" d="M74 100h52"/>'
    ),
    "two-person-tent": (
        '<path class="a" d="M100 50l72 104H28z"/>'
        '<path class="b" d="M100 78l26 76H74z"/>'
        '<path class="m" d="M100 50v104M28 154l-10 8m154-8l10 8"/>'
    ),
    "head-torch": (
        '<path class="l" d="M44 112q0-58 56-58t56 58"/>'
        '<rect class="a" x="72" y="92" width="56" height="46" rx="12"/>'
        '<circle class="b" cx="100" cy="115" r="15"/>'
        '<path class="m" d="M100 148v18m-26-22l-8 16m60-16l8 16"/>'
    ),
    "sleeping-mat": (
        '<path class="a" d="M36 116h96v28H36z"/>'
        '<circle class="b" cx="136" cy="116" r="28"/>'
        '<path class="m" d="M136 116m-18 0a18 18 0 1 1 18 18M136 116m-8 0a8 8 0 1 1 8 8M60 116v28m24-28v28"/>'
    ),
    "camping-stove": (
        '<path class="a" d="M66 118h68l8 42H58z"/>'
        '<path class="l" d="M60 92h80M100 92v26"/>'
        '<path class="b" d="M100 36q30 26 8 50q-4-10-10-12q2 8-8 12q-14-18 10-50z"/>'
    ),
    "heavy-cotton-tee": (
        '<path class="a" d="M76 50l-40 22 14 30 18-8v66h64V94l18 8 14-30-40-22q-24 22-48 0z"/>'
        '<path class="m" d="M76 50q24 30 48 0"/>'
    ),
    "fishermans-sweater": (
        '<path class="a" d="M78 46L44 66l-10 78h22l8-40v56h72v-56l8 40h22l-10-78-34-20q-22 16-44 0z"/>'
        '<path class="m" d="M84 72v88m16-84v84m16-88v88"/>'
        '<path class="b" d="M64 148h72v12H64z"/>'
    ),
    "hiking-socks": (
        '<path class="a" d="M84 36h40v72l-44 50q-14 12-28 0t-2-26l34-36z"/>'
        '<path class="b" d="M84 36h40v18H84zm-36 88q-10 14 4 34q14 12 28 0z"/>'
    ),
    "ribbed-beanie": (
        '<path class="a" d="M48 122q0-66 52-66t52 66z"/>'
        '<rect class="b" x="42" y="114" width="116" height="32" rx="12"/>'
        '<circle class="b" cx="100" cy="50" r="13"/>'
        '<path class="m" d="M74 74v40m26-56v56m26-40v40"/>'
    ),
    "rain-jacket": (
        '<path class="a" d="M80 56L44 80l8 62h18v20h60v-20h18l8-62-36-24q-20 24-40 0z"/>'
        '<path class="b" d="M74 58q0-28 26-28t26 28q-26 28-52 0z"/>'
        '<path class="m" d="M100 82v80"/>'
    ),
    "leather-belt": (
        '<path class="a" d="M24 84h110v34H24z"/>'
        '<path class="l" d="M122 74h44v54h-44zM134 101h26"/>'
        '<path class="m" d="M48 101h1m19 0h1m19 0h1"/>'
    ),
    "building-blocks": (
        '<rect class="a" x="42" y="106" width="50" height="50" rx="4"/>'
        '<rect class="b" x="98" y="106" width="50" height="50" rx="4"/>'
        '<path class="a" d="M96 46l28 52H68z"/>'
    ),
    "corduroy-bear": (
        '<circle class="b" cx="66" cy="64" r="18"/>'
        '<circle class="b" cx="134" cy="64" r="18"/>'
        '<circle class="a" cx="100" cy="104" r="52"/>'
        '<ellipse class="b" cx="100" cy="122" rx="22" ry="17"/>'
        '<path class="l" d="M82 94h1m34 0h1M100 118v10"/>'
    ),
    "diamond-kite": (
        '<path class="a" d="M112 28l42 54-58 60-26-76z"/>'
        '<path class="b" d="M112 28l42 54-84-16z"/>'
        '<path class="m" d="M112 28L96 142M70 66l84 16"/>'
        '<path class="l" d="M96 142q-30 4-22 22t-28 14"/>'
    ),
    "night-sky-puzzle": (
        '<path class="a" d="M44 52h46q-4-22 12-22t12 22h42v44q22-4 22 12t-22 12v40H44z"/>'
        '<path class="m" d="M66 82l26 18 34-14 8 34"/>'
        '<circle class="b" cx="66" cy="82" r="5"/>'
        '<circle class="b" cx="92" cy="100" r="5"/>'
        '<circle class="b" cx="126" cy="86" r="5"/>'
        '<circle class="b" cx="134" cy="120" r="5"/>'
    ),
    "wooden-train": (
        '<path class="a" d="M40 96h64V62h50v72H40z"/>'
        '<rect class="b" x="56" y="66" width="18" height="30" rx="3"/>'
        '<rect class="b" x="116" y="74" width="26" height="20" rx="3"/>'
        '<circle class="b" cx="66" cy="142" r="16"/>'
        '<circle class="b" cx="128" cy="142" r="16"/>'
    ),
    "maple-yo-yo": (
        '<circle class="a" cx="96" cy="118" r="46"/>'
        '<circle class="b" cx="96" cy="118" r="20"/>'
        '<path class="l" d="M96 118L128 30"/>'
        '<circle class="m" cx="134" cy="24" r="9"/>'
    ),
}
