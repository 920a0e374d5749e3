//! What a questionnaire may be made of. Each line is tried by the tests beside it, and printed in `docs/formulaires.*.md`.

/// In French, English and Spanish.
pub type Words = [&'static str; 3];

/// A question type: its cell, and what it is for.
pub struct Type {
    pub cell: &'static str,
    pub words: Words,
}

/// A column: its header, a cell in it for a whole number `n` that follows a text `a`, and what it is for.
pub struct Column {
    pub header: &'static str,
    pub cell: &'static str,
    pub words: Words,
}

/// A parameter: the type that takes it, the cell, and what it is for.
pub struct Parameter {
    pub of: &'static str,
    pub cell: &'static str,
    pub words: Words,
}

/// A word of the `appearance` column.
pub struct Appearance {
    pub word: &'static str,
    pub of: &'static str,
    pub words: Words,
}

/// A function: an example, and its value.
pub struct Function {
    pub name: &'static str,
    pub example: &'static str,
    pub value: &'static str,
}

const fn t(cell: &'static str, fr: &'static str, en: &'static str, es: &'static str) -> Type {
    Type { cell, words: [fr, en, es] }
}

pub const TYPES: &[Type] = &[
    t("text", "Texte libre", "Free text", "Texto libre"),
    t("integer", "Nombre entier", "Whole number", "Número entero"),
    t("decimal", "Nombre à virgule", "Number with decimals", "Número con decimales"),
    t("range", "Nombre sur une règle", "Number on a slider", "Número en una regla"),
    t("percentage", "Entier de 0 à 100", "Whole number from 0 to 100", "Entero de 0 a 100"),
    t("phone number", "Numéro de téléphone, en chiffres", "Phone number, digits only", "Número de teléfono, en cifras"),
    t("number of days in last month", "Jours, de 0 à 31", "Days, 0 to 31", "Días, de 0 a 31"),
    t("number of days in last six months", "Jours, de 0 à 183", "Days, 0 to 183", "Días, de 0 a 183"),
    t("number of days in last year", "Jours, de 0 à 365", "Days, 0 to 365", "Días, de 0 a 365"),
    t("note", "Texte à lire, sans réponse", "Text to read, no answer", "Texto para leer, sin respuesta"),
    t("acknowledge", "Case à cocher : lu et compris", "Box to tick: read and understood", "Casilla: leído y entendido"),
    t("trigger", "Comme acknowledge, sans valeur de texte", "Like acknowledge, without a text value", "Como acknowledge, sin valor de texto"),
    t("select_one liste", "Un choix d’une liste", "One choice of a list", "Una opción de una lista"),
    t("select_multiple liste", "Plusieurs choix d’une liste", "Several choices of a list", "Varias opciones de una lista"),
    t("rank liste", "Choix à mettre en ordre", "Choices to put in order", "Opciones para ordenar"),
    t("select_one_from_file lieux.csv", "Un choix d’un fichier CSV, XML ou GeoJSON", "One choice of a CSV, XML or GeoJSON file", "Una opción de un archivo CSV, XML o GeoJSON"),
    t("select_multiple_from_file lieux.csv", "Plusieurs choix d’un fichier", "Several choices of a file", "Varias opciones de un archivo"),
    t("date", "Date", "Date", "Fecha"),
    t("time", "Heure", "Time", "Hora"),
    t("dateTime", "Date et heure", "Date and time", "Fecha y hora"),
    t("geopoint", "Lieu : un point", "Place: a point", "Lugar: un punto"),
    t("geotrace", "Trajet : une ligne", "Path: a line", "Trayecto: una línea"),
    t("geoshape", "Terrain : une surface", "Area: a shape", "Terreno: una superficie"),
    t("image", "Photo ou dessin", "Photo or drawing", "Foto o dibujo"),
    t("audio", "Son", "Sound", "Sonido"),
    t("video", "Vidéo", "Video", "Video"),
    t("file", "Fichier", "File", "Archivo"),
    t("barcode", "Code-barres ou code QR", "Bar code or QR code", "Código de barras o QR"),
    t("calculate", "Calcul, jamais montré", "Calculation, never shown", "Cálculo, nunca mostrado"),
    t("hidden", "Valeur cachée", "Hidden value", "Valor oculto"),
    t("csv-external", "Fichier CSV que des calculs lisent", "CSV file that calculations read", "Archivo CSV que leen los cálculos"),
    t("xml-external", "Fichier XML que des calculs lisent", "XML file that calculations read", "Archivo XML que leen los cálculos"),
    t("start", "Heure du début", "When it began", "Hora de inicio"),
    t("end", "Heure de la fin", "When it ended", "Hora de fin"),
    t("today", "Jour de la réponse", "Day of the response", "Día de la respuesta"),
    t("username", "Nom de qui répond pour Vigie", "Name of whoever fills it in", "Nombre de quien lo llena"),
    t("deviceid", "Appareil", "Device", "Dispositivo"),
    t("begin group", "Début d’un groupe", "A group begins", "Empieza un grupo"),
    t("end group", "Fin d’un groupe", "A group ends", "Termina un grupo"),
    t("begin repeat", "Début de lignes répétées", "Repeated rows begin", "Empiezan filas repetidas"),
    t("end repeat", "Fin de lignes répétées", "Repeated rows end", "Terminan filas repetidas"),
];

/// Read without complaint, but nothing on a phone answers them: a browser does not know, or Vigie does not tell.
pub const LEFT_EMPTY: &[&str] = &[
    "phonenumber", "email", "simserial", "subscriberid", "uri:deviceid", "uri:username", "uri:phonenumber", "uri:email",
    "uri:simserial", "uri:subscriberid", "audit", "start-geopoint", "background-geopoint", "background-audio", "osm",
    "select_one_external",
];

const fn c(header: &'static str, cell: &'static str, fr: &'static str, en: &'static str, es: &'static str) -> Column {
    Column { header, cell, words: [fr, en, es] }
}

pub const COLUMNS: &[Column] = &[
    c("type", "integer", "Type de la question", "Type of the question", "Tipo de la pregunta"),
    c("name", "n", "Nom du champ, sans espace ni accent", "Name of the field, no space or accent", "Nombre del campo, sin espacios ni acentos"),
    c("label", "Combien?", "Question posée", "Question asked", "Pregunta"),
    c("label::Français (fr)", "Combien?", "Question dans une langue; de même pour hint et les messages", "Question in one language; likewise hint and messages", "Pregunta en un idioma; igual para hint y los mensajes"),
    c("hint", "Un nombre", "Indication sous la question", "Hint under the question", "Indicación bajo la pregunta"),
    c("guidance_hint", "Pour qui demande", "Aide qui se déplie", "Help that unfolds", "Ayuda desplegable"),
    c("relevant", "${a} = 'x'", "Quand poser la question", "When to ask", "Cuándo preguntar"),
    c("required", "yes", "Réponse attendue, ou l’expression qui le dit", "Answer expected, or the expression that says so", "Respuesta esperada, o la expresión que lo dice"),
    c("required_message", "Dites combien", "Ce qu’on dit quand elle manque", "What is said when it is missing", "Lo que se dice cuando falta"),
    c("constraint", ". < 100", "Ce que la réponse doit respecter", "What the answer must respect", "Lo que debe cumplir la respuesta"),
    c("constraint_message", "Moins de 100", "Ce qu’on dit quand elle ne va pas", "What is said when it does not", "Lo que se dice cuando no cumple"),
    c("default", "3", "Réponse de départ, fixe ou calculée", "First answer, fixed or calculated", "Respuesta inicial, fija o calculada"),
    c("readonly", "yes", "Montrée, non modifiable", "Shown, not changeable", "Se muestra, no se cambia"),
    c("calculation", "1 + 1", "Valeur calculée", "Calculated value", "Valor calculado"),
    c("trigger", "${a}", "Calculer seulement quand cette question change", "Calculate only when that question changes", "Calcular solo cuando cambia esa pregunta"),
    c("appearance", "numbers", "Aspect, voir plus bas", "Appearance, see below", "Aspecto, vea abajo"),
    c("parameters", "", "Réglages du type, voir plus bas", "Settings of the type, see below", "Ajustes del tipo, vea abajo"),
    c("choice_filter", "", "Choix à montrer d’une liste", "Choices of a list to show", "Opciones de una lista que mostrar"),
    c("repeat_count", "", "Nombre de lignes répétées", "Number of repeated rows", "Número de filas repetidas"),
    c("media::image", "a.png", "Image avec la question ou le choix", "Picture with the question or the choice", "Imagen con la pregunta o la opción"),
    c("media::big-image", "", "Image plus grande, que montre un toucher", "Larger picture, shown by a tap", "Imagen más grande, que aparece al tocarla"),
    c("media::audio", "a.mp3", "Son à écouter, à la place de la lecture à voix haute", "Sound to play, in place of reading aloud", "Sonido para escuchar, en lugar de la lectura en voz alta"),
    c("media::video", "a.mp4", "Film à regarder", "Film to watch", "Video para ver"),
    c("sensible", "yes", "Toujours facultative, hors des aperçus", "Always optional, out of previews", "Siempre opcional, fuera de las vistas previas"),
    c("disabled", "yes", "Ligne laissée de côté", "Row left out", "Fila dejada de lado"),
];

const fn p(of: &'static str, cell: &'static str, fr: &'static str, en: &'static str, es: &'static str) -> Parameter {
    Parameter { of, cell, words: [fr, en, es] }
}

pub const PARAMETERS: &[Parameter] = &[
    p("range", "start=0 end=5 step=1", "Bornes et pas de la règle", "Ends and step of the slider", "Extremos y paso de la regla"),
    p("range", "start=0 end=10 tick_interval=5", "Marques de la règle", "Marks on the slider", "Marcas de la regla"),
    p("range", "placeholder=5", "Où se tient la règle avant la réponse", "Where the slider stands before the answer", "Posición antes de la respuesta"),
    p("select_one liste", "randomize=true", "Choix mêlés", "Choices shuffled", "Opciones mezcladas"),
    p("select_one liste", "randomize=true seed=7", "Choix mêlés, toujours de la même façon", "Choices shuffled, always alike", "Opciones mezcladas siempre igual"),
    p("select_one_from_file lieux.csv", "value=code label=nom", "Colonnes du fichier à lire", "Columns of the file to read", "Columnas del archivo que leer"),
    p("text", "rows=4", "Hauteur du champ", "Height of the field", "Altura del campo"),
    p("image", "max-pixels=1200", "Plus grand côté de la photo", "Longest side of the photo", "Lado mayor de la foto"),
    p("audio", "quality=low", "Qualité du son", "Quality of the sound", "Calidad del sonido"),
    p("geopoint", "capture-accuracy=10 warning-accuracy=50", "Précision voulue, en mètres", "Accuracy wanted, in metres", "Precisión deseada, en metros"),
    p("geopoint", "allow-mock-accuracy=true", "Position simulée permise", "Simulated position allowed", "Posición simulada permitida"),
    p("geotrace", "incremental=true", "Ligne enregistrée à mesure", "Line recorded as it goes", "Línea registrada por pasos"),
];

const fn a(word: &'static str, of: &'static str, fr: &'static str, en: &'static str, es: &'static str) -> Appearance {
    Appearance { word, of, words: [fr, en, es] }
}

pub const APPEARANCES: &[Appearance] = &[
    a("minimal", "select_one", "Liste déroulante", "Drop-down list", "Lista desplegable"),
    a("autocomplete", "select_one", "Choix montrés à mesure qu’on écrit", "Choices shown as one types", "Opciones que aparecen al escribir"),
    a("quick", "select_one", "Passe à la suite dès le choix fait", "Goes on once a choice is made", "Sigue en cuanto se elige"),
    a("likert", "select_one", "Échelle, choix côte à côte", "Scale, choices side by side", "Escala, opciones lado a lado"),
    a("horizontal", "select_one, select_multiple", "Choix côte à côte", "Choices side by side", "Opciones lado a lado"),
    a("columns", "select_one, select_multiple", "Choix en colonnes", "Choices in columns", "Opciones en columnas"),
    a("columns-pack", "select_one, select_multiple", "Choix serrés les uns contre les autres", "Choices packed together", "Opciones juntas"),
    a("no-buttons", "select_one, select_multiple", "Choix sans bouton rond ni case", "Choices without round button or box", "Opciones sin botón ni casilla"),
    a("label", "select_one", "Première ligne d’une grille : les choix, une seule fois", "First row of a grid: the choices, once", "Primera fila de una tabla: las opciones, una sola vez"),
    a("list-nolabel", "select_one", "Autres lignes de la grille", "The other rows of the grid", "Las demás filas de la tabla"),
    a("image-map", "select_one, select_multiple", "Choix sur un dessin SVG dont les parties portent en `id` le nom des choix; la liste reste dessous", "Choices on an SVG drawing whose parts have the choices’ names as `id`; the list stays below", "Opciones sobre un dibujo SVG cuyas partes llevan en `id` el nombre de las opciones; la lista queda debajo"),
    a("rating", "range", "Étoiles", "Stars", "Estrellas"),
    a("picker", "range", "Liste de nombres", "List of numbers", "Lista de números"),
    a("vertical", "range", "Règle debout", "Upright slider", "Regla vertical"),
    a("numbers", "text", "Clavier de chiffres", "Digits keyboard", "Teclado numérico"),
    a("multiline", "text", "Texte long", "Long text", "Texto largo"),
    a("thousands-sep", "integer", "Milliers séparés", "Thousands set apart", "Miles separados"),
    a("year", "date", "Année seulement", "Year only", "Solo año"),
    a("month-year", "date", "Mois et année seulement", "Month and year only", "Solo mes y año"),
    a("signature", "image", "Signature", "Signature", "Firma"),
    a("draw", "image", "Dessin", "Drawing", "Dibujo"),
    a("annotate", "image", "Photo sur laquelle on dessine", "Photo to draw on", "Foto sobre la que se dibuja"),
    a("new", "image", "Photo prise sur le moment, pas choisie", "Photo taken now, not chosen", "Foto tomada en el momento, no elegida"),
    a("original", "image", "Fichier gardé tel quel, avec le lieu et l’appareil qui y sont inscrits", "File kept as it is, with the place and the device written in it", "Archivo guardado tal cual, con el lugar y el dispositivo que lleva escritos"),
    a("field-list", "begin group", "Tout le groupe sur un écran", "The whole group on one screen", "Todo el grupo en una pantalla"),
];

const fn f(name: &'static str, example: &'static str, value: &'static str) -> Function {
    Function { name, example, value }
}

/// Where the documents' examples are calculated: `n` is 3, `m` is `rouge vert`, `r` has rows whose `q` is 2, 3 and empty.
pub const FUNCTIONS: &[Function] = &[
    f("if", "if(/data/n > 2, 'plus', 'moins')", "plus"),
    f("coalesce", "coalesce(/data/vide, 'rien')", "rien"),
    f("once", "once(7)", "7"),
    f("true", "true()", "true"),
    f("false", "false()", "false"),
    f("not", "not(true())", "false"),
    f("boolean", "boolean(0)", "false"),
    f("boolean-from-string", "boolean-from-string('1')", "true"),
    f("selected", "selected(/data/m, 'vert')", "true"),
    f("selected-at", "selected-at(/data/m, 1)", "vert"),
    f("count-selected", "count-selected(/data/m)", "2"),
    f("jr:choice-name", "jr:choice-name(selected-at(/data/m, 0), '/data/m')", "Rouge"),
    f("jr:itext", "jr:itext('salut')", "Bonjour"),
    f("count", "count(/data/r)", "3"),
    f("count-non-empty", "count-non-empty(/data/r/q)", "2"),
    f("sum", "sum(/data/r[q != '']/q)", "5"),
    f("min", "min(4, 2, 9)", "2"),
    f("max", "max(4, 2, 9)", "9"),
    f("position", "count(/data/r[position() < 3])", "2"),
    f("last", "/data/r[last() - 1]/q", "3"),
    f("indexed-repeat", "indexed-repeat(/data/r/q, /data/r, 2)", "3"),
    f("current", "instance('l')/root/item[prix = current()/../n]/name", "vert"),
    f("instance", "instance('l')/root/item[name = 'vert']/prix", "3"),
    f("pulldata", "pulldata('l', 'prix', 'name', 'rouge')", "2"),
    f("randomize", "count(randomize(instance('l')/root/item))", "2"),
    f("id", "count(id('x'))", "0"),
    f("lang", "lang('fr')", "false"),
    f("name", "name(/data/n)", "n"),
    f("local-name", "local-name(/data/n)", "n"),
    f("namespace-uri", "namespace-uri(/data/n)", "http://www.w3.org/2002/xforms"),
    f("number", "number('4.50')", "4.5"),
    f("string", "string(4.50)", "4.5"),
    f("int", "int(3.9)", "3"),
    f("round", "round(2.345, 2)", "2.35"),
    f("floor", "floor(3.9)", "3"),
    f("ceiling", "ceiling(3.1)", "4"),
    f("abs", "abs(-3)", "3"),
    f("pow", "pow(2, 10)", "1024"),
    f("sqrt", "sqrt(16)", "4"),
    f("exp", "round(exp(1), 3)", "2.718"),
    f("exp10", "exp10(2)", "100"),
    f("log", "round(log(10), 3)", "2.303"),
    f("log10", "log10(1000)", "3"),
    f("pi", "round(pi(), 4)", "3.1416"),
    f("sin", "sin(0)", "0"),
    f("cos", "cos(0)", "1"),
    f("tan", "tan(0)", "0"),
    f("asin", "asin(0)", "0"),
    f("acos", "acos(1)", "0"),
    f("atan", "atan(0)", "0"),
    f("atan2", "atan2(0, 1)", "0"),
    f("random", "random() < 1", "true"),
    f("concat", "concat('a', /data/n)", "a3"),
    f("join", "join(', ', /data/r[q != '']/q)", "2, 3"),
    f("contains", "contains('travail', 'vai')", "true"),
    f("starts-with", "starts-with('travail', 'tra')", "true"),
    f("ends-with", "ends-with('travail', 'ail')", "true"),
    f("substr", "substr('travail', 0, 3)", "tra"),
    f("substring", "substring('travail', 1, 3)", "tra"),
    f("substring-before", "substring-before('8-12', '-')", "8"),
    f("substring-after", "substring-after('8-12', '-')", "12"),
    f("string-length", "string-length('été')", "3"),
    f("normalize-space", "normalize-space('  a   b ')", "a b"),
    f("translate", "translate('abc', 'ac', 'x')", "xb"),
    f("regex", "regex('H2X', '^[A-Z][0-9]')", "true"),
    f("digest", "digest('a', 'MD5', 'hex')", "0cc175b9c0f1b6a831c399e269772661"),
    f("base64-decode", "base64-decode('w6l0w6k=')", "été"),
    f("uuid", "string-length(uuid())", "36"),
    f("version", "version()", "7"),
    f("property", "property('username')", "Mireille"),
    f("checklist", "checklist(1, 2, true(), false(), true())", "true"),
    f("weighted-checklist", "weighted-checklist(3, 9, true(), 2, true(), 1)", "true"),
    f("depend", "depend(4, /data/n)", "4"),
    f("today", "today()", "2026-09-21"),
    f("now", "format-date(now(), '%Y')", "2026"),
    f("date", "date('2026-03-01')", "2026-03-01"),
    f("date-time", "format-date-time(date-time('2026-03-01T14:05:00.000-04:00'), '%H:%M')", "14:05"),
    f("format-date", "format-date('2026-03-01', '%e/%n/%Y')", "1/3/2026"),
    f("format-date-time", "format-date-time('2026-03-01T14:05:00.000-04:00', '%Hh%M')", "14h05"),
    f("decimal-date-time", "decimal-date-time('1970-01-02T00:00:00.000Z')", "1"),
    f("decimal-time", "decimal-time('06:00:00.000')", "0.25"),
    f("area", "round(area('0 0 0 0;0 1 0 0;1 1 0 0;1 0 0 0;0 0 0 0') div 1000000)", "12391"),
    f("distance", "round(distance('0 0 0 0;0 1 0 0'))", "111319"),
    f("geofence", "geofence('0.5 0.5 0 0', '0 0 0 0;0 1 0 0;1 1 0 0;1 0 0 0;0 0 0 0')", "true"),
    f("intersects", "intersects('0 0 0 0;1 1 0 0;0 1 0 0;1 0 0 0')", "true"),
];
