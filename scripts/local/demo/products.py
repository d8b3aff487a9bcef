"""The demo shop's products: seven categories of six."""

from scripts.local.demo.shop import Product, colours, one, sizes, steps

PRODUCTS: tuple[Product, ...] = (
    Product(
        "KIT-MUG", "stoneware-mug", "Stoneware Mug", "kitchen", 1690, 380,
        "Thrown by hand and glazed inside and out. Holds 350 ml, keeps its heat and survives the dishwasher.",
        colours(slate=120, sand=85), {"material": "stoneware", "capacity": "350 ml"},
    ),
    Product(
        "KIT-KET", "gooseneck-kettle", "Gooseneck Kettle", "kitchen", 5490, 960,
        "A slow, steady pour for filter coffee. Brushed steel, a thermometer in the lid, for every hob.",
        steps("capacity", ("0.6 l", 34, 0, 0), ("1 l", 21, 900, 240)), {"material": "stainless steel"},
    ),
    Product(
        "KIT-KNF", "chefs-knife", "Chef's Knife", "kitchen", 7900, 240,
        "Eight inches of forged steel with a walnut handle, balanced at the heel and sharpened by hand.",
        one(42), {"material": "carbon steel, walnut", "blade": "20 cm"}, 9500,
    ),
    Product(
        "KIT-BRD", "end-grain-board", "End-Grain Chopping Board", "kitchen", 4800, 2100,
        "Oak set on end, kind to edges and heavy enough to stay put. Oiled, with a groove for juices.",
        one(66), {"material": "oak", "size": "30 by 20 cm"},
    ),
    Product(
        "KIT-POT", "cast-iron-casserole", "Cast-Iron Casserole", "kitchen", 11900, 4300,
        "Enamelled inside, with a lid that bastes what is below it. From the hob to the oven to the table.",
        colours(ember=18, ocean=14), {"material": "cast iron", "capacity": "4.2 l"},
    ),
    Product(
        "KIT-TWL", "linen-tea-towels", "Linen Tea Towels, Set of Three", "kitchen", 2400, 270,
        "Stone-washed linen that dries glasses without a trace of lint and gets better with every wash.",
        one(245), {"material": "linen", "size": "50 by 70 cm"},
    ),
    Product(
        "HOM-LMP", "paper-lantern-lamp", "Paper Lantern Lamp", "home", 3900, 520,
        "Washi paper over a frame of bamboo, for a light that is soft to sit by. Bulb included.",
        steps("diameter", ("30 cm", 44, 0, 0), ("45 cm", 28, 1500, 260)), {"material": "paper, bamboo"},
    ),
    Product(
        "HOM-BLK", "merino-blanket", "Merino Blanket", "home", 12900, 1150,
        "Woven from the wool of small farms, light for its warmth, with a fringe twisted by hand.",
        colours(oat=25, forest=12), {"material": "merino wool", "size": "140 by 200 cm"},
    ),
    Product(
        "HOM-CDL", "beeswax-candles", "Beeswax Candles, Pair", "home", 1450, 300,
        "Dipped, not poured: they burn for nine hours each, with the faint scent of a summer hive.",
        one(210), {"material": "beeswax", "burns for": "9 h"},
    ),
    Product(
        "HOM-CLK", "quiet-wall-clock", "Quiet Wall Clock", "home", 4500, 640,
        "Its hands sweep and do not tick. A dial that reads from across the room, in a rim of ash.",
        one(69), {"material": "ash", "diameter": "28 cm"},
    ),
    Product(
        "HOM-VAS", "smoked-glass-vase", "Smoked Glass Vase", "home", 3200, 870,
        "Blown in one breath, tall enough for branches, with a foot that does not tip.",
        steps("height", ("20 cm", 33, 0, 0), ("32 cm", 19, 1400, 600)), {"material": "glass"}, 3900,
    ),
    Product(
        "HOM-BSK", "seagrass-basket", "Seagrass Basket", "home", 2800, 700,
        "For laundry, logs or a plant that outgrew its pot. Woven tight, with handles that carry.",
        one(60), {"material": "seagrass"},
    ),
    Product(
        "GAR-TRW", "copper-trowel", "Copper Trowel", "garden", 3600, 310,
        "Bronze that slides through clay, does not rust, and leaves a trace of copper for the beds.",
        one(58), {"material": "bronze, ash"},
    ),
    Product(
        "GAR-CAN", "watering-can", "Long-Reach Watering Can", "garden", 3400, 1250,
        "Balanced when it is full, gentle through its brass rose, and long enough for the back of the bed.",
        one(87), {"material": "galvanised steel", "capacity": "5 l"},
    ),
    Product(
        "GAR-SEC", "bypass-secateurs", "Bypass Secateurs", "garden", 4200, 230,
        "A clean cut through two centimetres of living wood. Every part can be had as a spare.",
        one(64), {"material": "forged aluminium, steel"},
    ),
    Product(
        "GAR-POT", "terracotta-pots", "Terracotta Pots, Set of Three", "garden", 2600, 2900,
        "Fired twice against the frost, with saucers. They breathe, so that roots do.",
        one(72), {"material": "terracotta"},
    ),
    Product(
        "GAR-SED", "wildflower-seeds", "Wildflower Seed Mix", "garden", 690, 40,
        "Twenty-two native flowers for bees, in bloom from May to October. Sow in spring or autumn.",
        steps("covers", ("5 m2", 300, 0, 0), ("20 m2", 140, 1100, 110)), {"sow": "March to May"},
    ),
    Product(
        "GAR-GLV", "goatskin-gloves", "Goatskin Gloves", "garden", 2900, 140,
        "Thin enough to feel a seedling, tough enough for a rose. With a cuff against thorns.",
        sizes(30, 42), {"material": "goatskin"}, 3400,
    ),
    Product(
        "STA-NTB", "dot-grid-notebook", "Dot-Grid Notebook", "stationery", 1590, 340,
        "Thread-bound, so that it lies flat. 192 numbered pages of paper that does not let ink through.",
        colours(black=180, coral=90), {"size": "A5", "paper": "100 g/m²"},
    ),
    Product(
        "STA-PEN", "brass-fountain-pen", "Brass Fountain Pen", "stationery", 6400, 46,
        "Turned from one bar of brass that darkens with its owner. Takes cartridges, or ink from a bottle.",
        steps("nib", ("F", 29, 0, 0), ("M", 36, 0, 0)), {"material": "brass, steel"},
    ),
    Product(
        "STA-INK", "bottled-ink", "Bottled Ink, 50 ml", "stationery", 1290, 190,
        "Pigments that shade as they dry, in a bottle made to be emptied to the last drop.",
        colours(midnight=88, pine=64), {"capacity": "50 ml"},
    ),
    Product(
        "STA-PCL", "cedar-pencils", "Cedar Pencils, Box of Twelve", "stationery", 1100, 90,
        "Dark, smooth graphite in cedar that sharpens to a long point and smells as it should.",
        one(270), {"material": "cedar, graphite"},
    ),
    Product(
        "STA-TRY", "desk-tray", "Folded Steel Desk Tray", "stationery", 2200, 620,
        "One sheet, four folds. Keeps pens, keys and the post apart, on a base of cork.",
        one(84), {"material": "steel, cork"},
    ),
    Product(
        "STA-CRD", "letterpress-cards", "Letterpress Cards, Set of Eight", "stationery", 1800, 160,
        "Printed by hand from wood type on cotton paper; blank inside, with envelopes lined in colour.",
        one(95), {"paper": "cotton, 300 g/m²"},
    ),
    Product(
        "OUT-PCK", "roll-top-pack", "Roll-Top Day Pack", "outdoors", 8900, 780,
        "Waxed canvas that shrugs off rain, a sleeve for a laptop, and straps that stay where they are put.",
        colours(olive=33, navy=27), {"capacity": "22 l", "material": "waxed canvas"},
    ),
    Product(
        "OUT-BTL", "insulated-bottle", "Insulated Bottle", "outdoors", 2990, 330,
        "Hot for twelve hours, cold for twenty-four, and it does not sweat in a bag.",
        steps("capacity", ("0.5 l", 140, 0, 0), ("0.75 l", 110, 500, 90)), {"material": "stainless steel"},
    ),
    Product(
        "OUT-TNT", "two-person-tent", "Two-Person Tent", "outdoors", 26900, 1980,
        "Up in four minutes, dry in a gale, with a porch for boots and two doors for peace.",
        one(11), {"sleeps": "2", "packed": "44 by 15 cm"}, 31900,
    ),
    Product(
        "OUT-LGT", "head-torch", "Rechargeable Head Torch", "outdoors", 4400, 86,
        "350 lumens, a red light for the map, and five hours between charges.",
        one(67), {"charges by": "USB-C"},
    ),
    Product(
        "OUT-MAT", "sleeping-mat", "Self-Inflating Sleeping Mat", "outdoors", 6900, 720,
        "Five centimetres between you and the ground. Rolls up to the size of a loaf.",
        one(39), {"R-value": "4.2"},
    ),
    Product(
        "OUT-STV", "camping-stove", "Pocket Camping Stove", "outdoors", 3800, 98,
        "A litre boils in three and a half minutes. Folds into the palm of a hand.",
        one(39), {"fuel": "gas canister"},
    ),
    Product(
        "CLO-TEE", "heavy-cotton-tee", "Heavy Cotton T-Shirt", "clothing", 2900, 230,
        "Organic cotton knit in the round, so that it has no seams to twist. Cut straight.",
        sizes(90, 120, 110), {"material": "organic cotton"},
    ),
    Product(
        "CLO-SWT", "fishermans-sweater", "Fisherman's Sweater", "clothing", 11500, 820,
        "Worsted wool in a half-cardigan stitch, dense against wind. It will outlast a few winters.",
        sizes(14, 22), {"material": "wool"},
    ),
    Product(
        "CLO-SOX", "hiking-socks", "Merino Hiking Socks", "clothing", 1900, 95,
        "Cushioned at heel and toe, dry within an hour, and quiet about a second day.",
        sizes(130, 160), {"material": "merino, nylon"},
    ),
    Product(
        "CLO-BNE", "ribbed-beanie", "Ribbed Beanie", "clothing", 2400, 85,
        "Lambswool, doubled over the ears. One size that fits most heads.",
        colours(mustard=55, grey=70), {"material": "lambswool"}, 2900,
    ),
    Product(
        "CLO-RNC", "rain-jacket", "Three-Layer Rain Jacket", "clothing", 18900, 410,
        "Taped at every seam, with a hood that turns with the head and vents under the arms.",
        sizes(9, 16, 15), {"water column": "20,000 mm"},
    ),
    Product(
        "CLO-BLT", "leather-belt", "Bridle Leather Belt", "clothing", 5200, 210,
        "One length of bridle leather, edges waxed by hand, with a buckle of solid brass.",
        sizes(18, 25), {"material": "leather, brass"},
    ),
    Product(
        "TOY-BLK", "building-blocks", "Beech Building Blocks", "toys", 3900, 1600,
        "Fifty blocks cut to one measure, so that towers stand. Coloured with what may be chewed.",
        steps("pieces", ("50", 46, 0, 0), ("100", 24, 3100, 1550)), {"age": "from 1 year", "material": "beech"},
    ),
    Product(
        "TOY-BER", "corduroy-bear", "Corduroy Bear", "toys", 3300, 320,
        "Stitched eyes, a patient face and arms that have been pulled before we let them go.",
        one(86), {"age": "from birth"},
    ),
    Product(
        "TOY-KIT", "diamond-kite", "Diamond Kite", "toys", 2700, 240,
        "Flies in the lightest wind, on forty metres of line with a winder for small hands.",
        one(78), {"age": "from 6 years"},
    ),
    Product(
        "TOY-PUZ", "night-sky-puzzle", "Night Sky Puzzle, 1000 Pieces", "toys", 2500, 760,
        "The northern sky with every constellation named, printed without glare on thick board.",
        one(63), {"pieces": "1000", "size": "68 by 48 cm"},
    ),
    Product(
        "TOY-TRN", "wooden-train", "Wooden Train", "toys", 2900, 540,
        "An engine and three wagons on magnets, at home on every common track.",
        one(52), {"age": "from 3 years", "material": "beech"}, 3500,
    ),
    Product(
        "TOY-YOY", "maple-yo-yo", "Maple Yo-Yo", "toys", 1200, 70,
        "Turned from one piece of maple, with a string of cotton and a spare one in the box.",
        one(155), {"age": "from 7 years", "material": "maple"},
    ),
)  # fmt: skip
